// Runs in the page's own world, only after the person agreed: looks at the page's requests to its
// own host until one carries the Storage token, and hands the token to the worker. It leaves
// nothing behind: what it put around the page's functions goes when it ends, which is by the first
// token, by stop.js, or after 60 s. Nothing that goes wrong in here may reach the page.
(() => {
  const HEADER = 'x-storageapi-token';
  const MS = 60_000;
  const STOP = Symbol.for('kbc-e2b-capture');
  globalThis[STOP]?.();

  return new Promise((resolve) => {
    let over = false;
    const restore = [];
    const timer = setTimeout(() => end({ ended: 'time' }), MS);

    function end(seen) {
      over = true;
      clearTimeout(timer);
      for (const one of restore) one();
      delete globalThis[STOP];
      resolve(seen);
    }
    globalThis[STOP] = () => end({ ended: 'cancelled' });

    /** Calls `look` with this and the arguments of each call of a function of the page. */
    function watch(owner, name, look) {
      const original = owner[name];
      const watched = new Proxy(original, {
        apply(target, self, values) {
          try {
            if (!over) look(self, values);
          } catch {
            // The page's own call tells the page what is wrong with it.
          }
          return Reflect.apply(target, self, values);
        },
      });
      owner[name] = watched;
      restore.push(() => {
        // A script of the page that came after us stays; ours only passes its calls on.
        if (owner[name] === watched) owner[name] = original;
      });
    }

    const isOwnHost = (url) => new URL(url, document.baseURI).host === location.host;
    const take = (token) => {
      if (typeof token === 'string' && token) end({ token });
    };

    watch(globalThis, 'fetch', (_self, [input, init]) => {
      const url = input instanceof Request ? input.url : String(input);
      const headers = init?.headers ?? (input instanceof Request ? input.headers : undefined);
      if (headers && isOwnHost(url)) take(new Headers(headers).get(HEADER));
    });

    const addresses = new WeakMap();
    const xhr = XMLHttpRequest.prototype;
    watch(xhr, 'open', (self, [, url]) => addresses.set(self, String(url)));
    watch(xhr, 'setRequestHeader', (self, [name, value]) => {
      const url = addresses.get(self);
      if (url !== undefined && String(name).toLowerCase() === HEADER && isOwnHost(url)) take(value);
    });
  });
})();
