// What a page or a worker reads of the machine it is on: the same of each.
(scope, getter) => {
  const facts = {
    NetworkInformation: { effectiveType: "4g", rtt: 50, downlink: 10, saveData: false },
    BatteryManager: { charging: true, chargingTime: 0, dischargingTime: Infinity, level: 1 },
    Navigator: { hardwareConcurrency: 4, deviceMemory: 8, cpuPerformance: 2 },
    WorkerNavigator: { hardwareConcurrency: 4, deviceMemory: 8, cpuPerformance: 2 },
    AudioContext: { baseLatency: 0.01, outputLatency: 0 },
  };
  for (const [kind, told] of Object.entries(facts))
    for (const [name, value] of Object.entries(told)) getter(scope[kind]?.prototype, name, () => value);
  const MIB = 1 << 20;
  const heap = { jsHeapSizeLimit: 4096 * MIB, totalJSHeapSize: 32 * MIB, usedJSHeapSize: 16 * MIB };
  getter(Performance.prototype, "memory", () => heap);

  const answers = (owner, name, make) => {
    const original = owner?.[name];
    if (typeof original !== "function") return;
    owner[name] = new Proxy(original, {
      apply: (call, self, args) => make(() => Reflect.apply(call, self, args)),
    });
  };
  answers(scope.SpeechSynthesis?.prototype, "getVoices", () => []);
  answers(scope.Navigator?.prototype, "getGamepads", () => []);
  answers(scope.MediaDevices?.prototype, "enumerateDevices", async () => []);
  // How much is left is the disk's.
  answers(scope.StorageManager?.prototype, "estimate", async (ask) => {
    const { usage } = await ask();
    return { quota: 1024 * MIB, usage, usageDetails: {} };
  });
}
