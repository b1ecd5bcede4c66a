// A page that works against whatever is put into it: it patches DOM functions, stops events early
// and removes elements under <html> and <body> that it does not know. It stands for badly behaved
// scripts of a page, so that tests can show what the extension keeps to itself.

(() => {
  const seen = { shadowRoots: [], keys: [], messages: [] };
  window.devstackSeen = seen;

  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const shadow = attach.call(this, { ...options, mode: 'open' });
    seen.shadowRoots.push(shadow);
    return shadow;
  };
  for (const kind of ['keydown', 'keyup', 'input', 'paste']) {
    addEventListener(
      kind,
      (event) => {
        seen.keys.push([kind, event.key ?? null, event.composedPath().length]);
        event.stopImmediatePropagation();
      },
      true,
    );
  }
  addEventListener('message', (event) => seen.messages.push(String(event.origin)), true);

  const known = new Set(['HEAD', 'BODY', 'SCRIPT', 'LINK', 'STYLE']);
  const remove = (records) => {
    for (const record of records) {
      for (const node of record.addedNodes) {
        const foreign = node instanceof Element && node.id !== 'react' && !known.has(node.tagName);
        if (foreign) node.remove();
      }
    }
  };
  const watch = () => {
    const observer = new MutationObserver(remove);
    observer.observe(document.documentElement, { childList: true });
    observer.observe(document.body, { childList: true });
  };
  if (document.body) watch();
  else addEventListener('DOMContentLoaded', watch);
})();
