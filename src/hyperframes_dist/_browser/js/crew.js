// The workers of a page: told the time, and heard until they have come to it. A function that
// counts in *work* what they are asked; *now* tells the time. See worker.js.
(scope, now, work) => {
  // What was sent to where other threads may answer it.
  const mail = { sent: 0, before: 0 };
  // A worker stands at the time it was told last, and answers when all that was due by then has
  // happened, with what is due next; see worker.js.
  const AT = "__hfTime";
  const crew = new Map();
  const post = scope.Worker?.prototype.postMessage;
  const tell = (worker, ms, { isFrame = false, isAsked = false } = {}) => {
    const member = crew.get(worker);
    if (!member || (member.told === ms && !isFrame && !isAsked)) return;
    post.call(worker, { [AT]: ms, isAnew: member.told === null, isFrame, isAsked });
    member.told = ms;
    member.asked++;
    work.pending++;
  };
  // It answers, too, when it has heard what was sent to it in one go, however long that takes.
  const ask = (worker) => {
    const member = crew.get(worker);
    if (!member || member.isToBeAsked) return;
    member.isToBeAsked = true;
    queueMicrotask(() => {
      member.isToBeAsked = false;
      if (member.told !== null) tell(worker, member.told, { isAsked: true });
    });
  };
  const dismiss = (worker) => {
    work.pending -= crew.get(worker)?.asked ?? 0;
    crew.delete(worker);
  };
  const onSaid = (event) => {
    const { currentTarget: worker, data } = event;
    const said = data?.[AT];
    if (!said) return;
    event.stopImmediatePropagation();
    const member = crew.get(worker);
    if (!member) return;
    if (said.isEnded) return dismiss(worker);
    member.due = said.due;
    if (!said.isAnswer) return;
    member.asked--;
    work.pending--;
  };
  for (const kind of ["Worker", "MessagePort", "BroadcastChannel"]) {
    const owner = scope[kind]?.prototype;
    if (!owner) continue;
    const { postMessage } = owner;
    owner.postMessage = function (...args) {
      mail.sent++;
      if (kind !== "Worker") return postMessage.apply(this, args);
      tell(this, now());
      postMessage.apply(this, args);
      ask(this);
    };
  }

  if (scope.Worker) {
    const { terminate } = Worker.prototype;
    Worker.prototype.terminate = function () {
      dismiss(this);
      terminate.call(this);
    };
    scope.Worker = class extends Worker {
      constructor(...args) {
        super(...args);
        crew.set(this, { told: null, due: Infinity, asked: 0 });
        this.addEventListener("message", onSaid);
        // One whose script does not come says nothing; one that throws goes on.
        this.addEventListener("error", (event) => {
          if (!(event instanceof ErrorEvent)) dismiss(this);
        });
        tell(this, now());
      }
    };
  }
  const members = () => [...crew].map(([worker, { due }]) => ({ worker, due }));
  // The film begins: what they were told before was another time.
  const begin = () => {
    mail.before = mail.sent;
    for (const member of crew.values()) member.told = null;
  };
  return { tell, members, begin, sent: () => mail.sent, hasSent: () => mail.sent > mail.before };
}
