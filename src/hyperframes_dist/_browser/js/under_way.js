// Work that others do for the page, threads and processes, until which a frame waits. A function
// that has it counted; *call* calls back, *want* is told what a frame owes.
(scope, native, call, want) => {
  // Work that another thread does for the page: nobody else knows when it is done.
  const work = { pending: 0 };
  const counted = (promise) => {
    work.pending++;
    const done = () => {
      work.pending--;
    };
    promise.then(done, done);
    return promise;
  };
  // What each of an owner's functions answers goes through *heed*, which is told whom was asked.
  const heeded = (owner, names, heed) => {
    for (const name of names) {
      const original = owner?.[name];
      if (typeof original !== "function") continue;
      // To whoever asks it stays the browser's own, and is bound as such.
      owner[name] = new Proxy(original, {
        apply: (call, self, args) => heed(Reflect.apply(call, self, args), self),
      });
    }
  };
  const count = (owner, ...names) =>
    heeded(owner, names, (answer) => (answer instanceof Promise ? counted(answer) : answer));
  count(scope, "createImageBitmap");
  count(scope.HTMLImageElement?.prototype, "decode");
  count(scope.SVGImageElement?.prototype, "decode");
  for (const body of [scope.Request, scope.Response])
    count(body?.prototype, "arrayBuffer", "blob", "bytes", "formData", "json", "text");
  count(scope.Blob?.prototype, "arrayBuffer", "bytes", "text");
  count(scope.FontFace?.prototype, "load");
  count(scope.FontFaceSet?.prototype, "load");
  count(scope.BaseAudioContext?.prototype, "decodeAudioData");
  count(scope.OfflineAudioContext?.prototype, "startRendering");
  count(scope.ImageDecoder?.prototype, "decode");
  count(scope.WebAssembly, "compile", "compileStreaming", "instantiate", "instantiateStreaming");
  // prettier-ignore
  count(scope.SubtleCrypto?.prototype, "digest", "encrypt", "decrypt", "sign", "verify",
    "generateKey", "deriveKey", "deriveBits", "importKey", "exportKey", "wrapKey", "unwrapKey",
    "decapsulateBits", "decapsulateKey", "encapsulateBits", "encapsulateKey", "getPublicKey");
  count(scope.CacheStorage?.prototype, "open", "match", "has", "keys", "delete");
  count(scope.Cache?.prototype, "match", "matchAll", "add", "addAll", "put", "delete", "keys");
  count(scope.StorageManager?.prototype, "estimate", "getDirectory", "persist", "persisted");
  // prettier-ignore
  count(scope.FileSystemDirectoryHandle?.prototype, "getDirectoryHandle", "getFileHandle",
    "removeEntry", "resolve");
  count(scope.FileSystemFileHandle?.prototype, "createWritable", "getFile");
  count(scope.FileSystemWritableFileStream?.prototype, "seek", "truncate", "write");
  // What another kind of stream leads to may never end.
  const close = scope.WritableStream?.prototype.close;
  if (scope.FileSystemWritableFileStream)
    FileSystemWritableFileStream.prototype.close = function () {
      return counted(close.call(this));
    };
  count(scope.CookieStore?.prototype, "delete", "get", "getAll", "set");
  count(scope.StorageBucketManager?.prototype, "delete", "keys", "open");
  count(scope.StorageBucket?.prototype, "estimate", "getDirectory", "persist", "persisted");
  count(scope.Permissions?.prototype, "query");
  count(scope.NavigatorUAData?.prototype, "getHighEntropyValues");
  count(scope.Navigator?.prototype, "getBattery", "requestMediaKeySystemAccess");
  count(scope.Document?.prototype, "hasStorageAccess", "hasUnpartitionedCookieAccess");
  count(scope.Clipboard?.prototype, "read", "readText", "write", "writeText");
  count(scope.ClipboardItem?.prototype, "getType");
  count(scope.Keyboard?.prototype, "getLayoutMap");
  count(scope.MediaCapabilities?.prototype, "decodingInfo", "encodingInfo");
  count(scope.XRSystem?.prototype, "isSessionSupported");
  count(scope.Worklet?.prototype, "addModule");
  count(scope.CSSStyleSheet?.prototype, "replace");
  count(scope.VideoFrame?.prototype, "copyTo");
  count(scope.ImageDecoder, "isTypeSupported");
  // prettier-ignore
  count(scope.RTCPeerConnection?.prototype, "createAnswer", "createOffer", "getStats",
    "setLocalDescription");
  count(scope.RTCPeerConnection, "generateCertificate");
  for (const kind of ["AudioDecoder", "AudioEncoder", "VideoDecoder", "VideoEncoder"]) {
    count(scope[kind]?.prototype, "flush");
    count(scope[kind], "isConfigSupported");
  }
  // Who asks for a lock has it by the time that is told who has which, and so does who is next
  // when one is given back; or a worker, or another document, has it for as long as it likes.
  const { request, query } = scope.LockManager?.prototype ?? {};
  if (request)
    LockManager.prototype.request = function (...args) {
      const answer = request.apply(this, args);
      const look = () => counted(query.call(this));
      look();
      answer.then(look, look);
      return answer;
    };
  // A request of a database's is answered by events, one that goes through it by several. What
  // waits for another page is nothing to wait for.
  const ANSWERS = ["success", "error", "blocked"];
  const ENDS = ["complete", "abort", "error"];
  const heard = (target, types) => {
    const told = new AbortController();
    counted(new Promise((done) => {
      for (const type of types)
        target.addEventListener(type, done, { once: true, signal: told.signal });
    })).then(() => told.abort());
  };
  const answered = (owner, names) =>
    heeded(owner, names, (answer, self) => {
      const target = answer ?? self.request;
      heard(target, target instanceof IDBTransaction ? ENDS : ANSWERS);
      return answer;
    });
  const reads = ["count", "get", "getAll", "getAllKeys", "getAllRecords", "getKey", "openCursor",
    "openKeyCursor"];
  answered(scope.IDBFactory?.prototype, ["deleteDatabase", "open"]);
  answered(scope.IDBDatabase?.prototype, ["transaction"]);
  answered(scope.IDBObjectStore?.prototype, [...reads, "add", "clear", "delete", "put"]);
  answered(scope.IDBIndex?.prototype, reads);
  answered(scope.IDBCursor?.prototype, ["advance", "continue", "continuePrimaryKey", "delete",
    "update"]);
  count(scope.IDBFactory?.prototype, "databases");
  // Chrome codes a canvas while it is idle, which a page whose time is held never is.
  const coded = (canvas, type, quality) => {
    const [head, data = ""] = canvas.toDataURL(type, quality).split(",");
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    const kind = head.slice("data:".length, head.indexOf(";"));
    return bytes.length ? new Blob([bytes], { type: kind }) : null;
  };
  const toBlob = scope.HTMLCanvasElement?.prototype.toBlob;
  if (toBlob)
    HTMLCanvasElement.prototype.toBlob = function (callback, type, quality) {
      if (typeof callback !== "function") return toBlob.call(this, callback);
      const blob = coded(this, type, quality);
      queueMicrotask(() => call(callback, blob));
    };
  const convert = scope.OffscreenCanvas?.prototype.convertToBlob;
  if (convert)
    OffscreenCanvas.prototype.convertToBlob = async function ({ type, quality } = {}) {
      const { width, height } = this;
      if (!width || !height) return convert.call(this);
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      canvas.getContext("2d").drawImage(this, 0, 0);
      return coded(canvas, type, quality);
    };
  for (const name of ["readAsArrayBuffer", "readAsDataURL", "readAsText", "readAsBinaryString"]) {
    const original = scope.FileReader?.prototype[name];
    if (!original) continue;
    FileReader.prototype[name] = function (...args) {
      counted(new Promise((done) => {
        this.addEventListener("loadend", done, { once: true });
        original.apply(this, args);
      }));
    };
  }

  // Graphics have another process, and a script may look whether it has come that far.
  const GL = { CURRENT: 0x8865, AVAILABLE: 0x8867, STATUS: 0x9114, SIGNALED: 0x9119 };
  const COMPLETION = 0x91b1;
  const COMPILED = { getProgramParameter: 0x8b82, getShaderParameter: 0x8b81 };
  // On a machine that is busy they come late, and every look is over at once: a bound for what
  // never comes, and not a measure of time.
  const LOOKS = 1e5;
  const come = async (isThere) => {
    for (let looks = 0; looks < LOOKS && !isThere(); looks++)
      await native.postTask(() => {}, { priority: "background" });
  };
  const { getQueryParameter, getSyncParameter, getQuery, isQuery, isSync, fenceSync, endQuery } =
    scope.WebGL2RenderingContext?.prototype ?? {};
  if (fenceSync && native.postTask)
    Object.assign(WebGL2RenderingContext.prototype, {
      fenceSync(...args) {
        want("what its graphics have come to");
        const sync = fenceSync.apply(this, args);
        const isThere = () =>
          !isSync.call(this, sync) || getSyncParameter.call(this, sync, GL.STATUS) === GL.SIGNALED;
        this.flush();
        if (sync) counted(come(isThere));
        return sync;
      },
      endQuery(target) {
        want("what its graphics have come to");
        const query = getQuery.call(this, target, GL.CURRENT);
        endQuery.call(this, target);
        const isThere = () =>
          !isQuery.call(this, query) || getQueryParameter.call(this, query, GL.AVAILABLE);
        this.flush();
        if (query) counted(come(isThere));
      },
    });
  for (const kind of ["WebGLRenderingContext", "WebGL2RenderingContext"])
    for (const [name, state] of Object.entries(COMPILED)) {
      const original = scope[kind]?.prototype[name];
      if (!original) continue;
      scope[kind].prototype[name] = function (...args) {
        if (args[1] === COMPLETION) original.call(this, args[0], state);
        return original.apply(this, args);
      };
    }
  return work;
}
