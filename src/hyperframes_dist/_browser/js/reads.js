// What the time is read from, in a page or a worker: every one of them says *now*, never what the
// machine has. Returns what gives an owner another getter.
(scope, now) => {
  const realDate = Date;

  class VirtualDate extends realDate {
    constructor(...args) {
      super(...(args.length ? args : [now()]));
    }
    static now() {
      return now();
    }
  }
  // Date() called as a function gives a string, which a class cannot do.
  scope.Date = new Proxy(VirtualDate, {
    apply: () => new VirtualDate().toString(),
  });
  VirtualDate.prototype.constructor = scope.Date;

  const getter = (owner, name, get) => {
    if (owner && Object.getOwnPropertyDescriptor(owner, name)?.configurable)
      Object.defineProperty(owner, name, { configurable: true, enumerable: true, get });
  };
  performance.now = now;
  getter(Performance.prototype, "timeOrigin", () => 0);
  getter(scope.Event?.prototype, "timeStamp", now);
  getter(scope.VideoPlaybackQuality?.prototype, "creationTime", now);
  // Told in the machine's time zone, whichever the page is in.
  getter(scope.Document?.prototype, "lastModified", () => "01/01/1970 00:00:00");
  // Dates are formatted as of the frame where none is given.
  for (const name of ["format", "formatToParts"]) {
    const owner = Intl.DateTimeFormat.prototype;
    const own = Object.getOwnPropertyDescriptor(owner, name);
    const asOf = (date) => (date === undefined ? now() : date);
    if (own.get)
      getter(owner, name, function () {
        const format = own.get.call(this);
        return (date) => format(asOf(date));
      });
    else {
      owner[name] = function (date) {
        return own.value.call(this, asOf(date));
      };
    }
  }
  if (scope.Temporal) {
    const zone = () => "UTC";
    const instant = () => Temporal.Instant.fromEpochMilliseconds(Math.floor(now()));
    const dated = (timeZone = zone()) => instant().toZonedDateTimeISO(timeZone);
    Object.assign(Temporal.Now, {
      instant,
      timeZoneId: zone,
      zonedDateTimeISO: dated,
      plainDateTimeISO: (timeZone) => dated(timeZone).toPlainDateTime(),
      plainDateISO: (timeZone) => dated(timeZone).toPlainDate(),
      plainTimeISO: (timeZone) => dated(timeZone).toPlainTime(),
    });
  }
  // A mark has the frame's time; what Chrome measures by itself has none.
  const mark = performance.mark.bind(performance);
  performance.mark = (name, options) => mark(name, { startTime: now(), ...options });
  const measure = performance.measure.bind(performance);
  performance.measure = (name, from, to) => {
    if (typeof from === "object" && from !== null)
      return measure(name, "end" in from || "duration" in from ? from : { ...from, end: now() });
    return measure(name, { start: from ?? 0, end: to ?? now() });
  };
  const ours = new Set(["mark", "measure"]);
  for (const name of ["startTime", "duration"]) {
    const own = Object.getOwnPropertyDescriptor(PerformanceEntry.prototype, name).get;
    getter(PerformanceEntry.prototype, name, function () {
      return ours.has(this.entryType) ? own.call(this) : 0;
    });
  }
  getter(PerformanceEntry.prototype, "navigationId", () => 0);
  getter(scope.PerformanceNavigationTiming?.prototype, "confidence", () => null);
  const MOMENT = /(Start|End|Interactive|Complete|Loading|Restart)$/;
  for (const kind of ["Resource", "Navigation", ""]) {
    const owner = scope[kind ? `Performance${kind}Timing` : "PerformanceTiming"]?.prototype;
    for (const name of Object.getOwnPropertyNames(owner ?? {}))
      if (MOMENT.test(name)) getter(owner, name, () => 0);
  }
  // What is written down of them is what is read of them.
  const written = function () {
    const facts = {};
    for (let owner = this; owner !== Object.prototype; owner = Object.getPrototypeOf(owner))
      for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(owner)))
        if (get && !(name in facts)) facts[name] = get.call(this);
    return facts;
  };
  for (const kind of ["ResourceTiming", "NavigationTiming", "Timing", "Entry"]) {
    const owner = scope[`Performance${kind}`]?.prototype;
    if (owner) owner.toJSON = written;
  }
  Performance.prototype.toJSON = function () {
    const { timeOrigin, timing, navigation } = this;
    return { timeOrigin, timing, navigation };
  };
  // How long Chrome took to paint, and for what, is nobody's measure here.
  const told = new Set([...ours, "navigation", "resource"]);
  for (const name of ["getEntries", "getEntriesByType", "getEntriesByName"]) {
    const own = Performance.prototype[name];
    Performance.prototype[name] = function (...args) {
      const found = own.apply(this, args).filter((entry) => told.has(entry.entryType));
      return found.sort((a, b) => a.startTime - b.startTime || ours.has(a.entryType) - ours.has(b.entryType));
    };
  }
  const observe = scope.PerformanceObserver?.prototype.observe;
  if (observe)
    PerformanceObserver.prototype.observe = function (options = {}) {
      const { type, entryTypes, ...rest } = options;
      if (type !== undefined ? !told.has(type) : entryTypes && !entryTypes.some((each) => told.has(each)))
        return;
      if (type !== undefined || !entryTypes) observe.call(this, options);
      else observe.call(this, { ...rest, entryTypes: [...entryTypes].filter((each) => told.has(each)) });
    };

  // A file has the time it was made at; one out of a store is as old as the film.
  const { File } = scope;
  scope.File = new Proxy(File, {
    construct(target, [parts, name, options], made) {
      const lastModified = options?.lastModified ?? Math.floor(now());
      const own = made === scope.File ? target : made;
      return Reflect.construct(target, [parts, name, { ...options, lastModified }], own);
    },
  });
  File.prototype.constructor = scope.File;
  for (const name of ["append", "set"]) {
    const own = FormData.prototype[name];
    FormData.prototype[name] = function (key, value, ...rest) {
      if (!(value instanceof Blob) || value instanceof File) return own.call(this, key, value, ...rest);
      const [filename = "blob"] = rest;
      return own.call(this, key, new scope.File([value], filename, { type: value.type }));
    };
  }
  const stored = new WeakSet();
  const { getFile } = scope.FileSystemFileHandle?.prototype ?? {};
  if (getFile)
    FileSystemFileHandle.prototype.getFile = async function () {
      const file = await getFile.call(this);
      stored.add(file);
      return file;
    };
  for (const [name, none] of [["lastModified", 0], ["lastModifiedDate", new Date(0)]]) {
    const own = Object.getOwnPropertyDescriptor(File.prototype, name)?.get;
    getter(File.prototype, name, function () {
      return stored.has(this) ? none : own.call(this);
    });
  }

  return getter;
}
