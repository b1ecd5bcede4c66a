// The few DOM acts that the content script's wasm and its stand-in on strict pages share: the
// panel's frame in a closed shadow root, and the floating button.
//
// Invariant: nothing here takes an order from the page. Clicks count only when a person made them,
// and messages only when this extension sent them.
globalThis.kbcE2b = (() => {
  let host = null;
  let button = null;
  // When a person last changed a field of the page itself: the time alone, never what was typed.
  let typedAt = 0;
  addEventListener(
    'input',
    ({ isTrusted }) => {
      if (isTrusted) typedAt = Date.now();
    },
    true,
  );

  const style = (element, rules) => {
    for (const [name, value] of Object.entries(rules))
      element.style.setProperty(name, value, 'important');
  };

  const expanded = () => button?.setAttribute('aria-expanded', String(host !== null));

  const open = () => {
    if (host) return;
    host = document.createElement('div');
    host.setAttribute('data-kbc-e2b', 'panel');
    style(host, {
      all: 'initial',
      position: 'fixed',
      top: '0',
      right: '0',
      bottom: '0',
      width: 'min(480px, 100%)',
      'z-index': '2147483647',
      'box-shadow': '0 0 0 1px rgb(16 24 40 / 12%), 0 12px 32px rgb(16 24 40 / 18%)',
    });
    const frame = document.createElement('iframe');
    frame.title = 'e2b sandbox panel';
    frame.allow = 'clipboard-write';
    frame.src = chrome.runtime.getURL('panel.html');
    style(frame, { width: '100%', height: '100%', border: '0', 'color-scheme': 'normal' });
    host.attachShadow({ mode: 'closed' }).append(frame);
    document.documentElement.append(host);
    // A frame that has not loaded takes the focus with a document that is about to be replaced, and
    // the keys would go on to the page.
    frame.addEventListener(
      'load',
      () => {
        const { activeElement, body } = document;
        if (activeElement !== host && activeElement !== body && activeElement !== button) return;
        frame.blur();
        frame.focus();
      },
      { once: true },
    );
    expanded();
  };

  const close = () => {
    if (!host) return;
    host.remove();
    host = null;
    expanded();
    button?.focus();
  };

  const toggle = () => (host ? close() : open());

  // Makes `element` the button that opens and closes the panel.
  const adopt = (element) => {
    button = element;
    button.setAttribute('data-kbc-e2b', 'button');
    const act = (event) => {
      event.preventDefault();
      if (event.isTrusted) toggle();
    };
    button.addEventListener('click', act);
    if (button.localName !== 'button') {
      button.addEventListener('keydown', (event) => {
        if (event.key === 'Enter' || event.key === ' ') act(event);
      });
    }
    expanded();
  };

  const floatingButton = () => {
    const element = document.createElement('button');
    element.type = 'button';
    element.textContent = 'e2b sandbox';
    style(element, {
      position: 'fixed',
      right: '24px',
      bottom: '24px',
      padding: '0 16px',
      height: '40px',
      'z-index': '2147483646',
      'border-radius': '20px',
      border: '1px solid #0a5fd9',
      background: '#0a5fd9',
      color: '#fff',
      font: '600 14px/1 system-ui, sans-serif',
      cursor: 'pointer',
      'box-shadow': '0 4px 12px rgb(16 24 40 / 25%)',
    });
    adopt(element);
    document.documentElement.append(element);
    return element;
  };

  chrome.runtime.onMessage.addListener((message, sender, answer) => {
    if (sender.id !== chrome.runtime.id || !button) return;
    if (message?.panel === 'typed-at') answer(typedAt);
    if (message?.panel === 'open') open();
    if (message?.panel === 'close') close();
  });

  return {
    adopt,
    close,
    floatingButton,
    // Forgets the button and shuts the panel: the page is no longer a configuration's.
    leave: () => {
      close();
      button?.remove();
      button = null;
      typedAt = 0;
    },
  };
})();
