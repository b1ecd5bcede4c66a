// The terminal of the panel: xterm.js, loaded when it is first opened. Bundled by `xtask`.
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';

/** xterm.js writes its styles into elements and attributes, which the policy forbids; sheets of the
 * document and properties of elements say the same and are allowed. */
function adoptStyles(root) {
  const sheets = new Map();
  const others = [...document.adoptedStyleSheets];
  const look = () => {
    const styles = new Set(root.querySelectorAll('style'));
    for (const gone of [...sheets.keys()].filter((style) => !styles.has(style))) {
      sheets.delete(gone);
    }
    for (const style of styles) {
      if (!sheets.has(style)) sheets.set(style, new CSSStyleSheet());
      sheets.get(style).replaceSync(style.textContent);
    }
    document.adoptedStyleSheets = [...others, ...sheets.values()];
  };
  const isStyle = (node) =>
    node.nodeName === 'STYLE' ||
    node.parentNode?.nodeName === 'STYLE' ||
    node.querySelector?.('style');
  const watch = new MutationObserver((records) => {
    const concerned = ({ target, addedNodes, removedNodes }) =>
      isStyle(target) || [...addedNodes, ...removedNodes].some(isStyle);
    if (records.some(concerned)) look();
  });
  watch.observe(root, { childList: true, subtree: true, characterData: true });
  look();
  return () => {
    watch.disconnect();
    document.adoptedStyleSheets = others;
  };
}

const setAttribute = HTMLElement.prototype.setAttribute;
HTMLElement.prototype.setAttribute = function (name, value) {
  if (name === 'style') this.style.cssText = value;
  else setAttribute.call(this, name, value);
};

const colour = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim() || undefined;

const bytesOf = (base64) => Uint8Array.from(atob(base64), (it) => it.charCodeAt(0));

/**
 * Shows a terminal in an element. `onText` is told what is typed, `onSize` columns and rows when they
 * change, `onLeave` that Shift+Escape was pressed: all other keys are the shell's.
 */
export function open(element, onText, onSize, onLeave) {
  const terminal = new Terminal({
    cursorBlink: false,
    fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
    fontSize: 12,
    scrollback: 5_000,
    theme: { background: colour('--log-bg'), foreground: colour('--log-text') },
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(element);
  const dropStyles = adoptStyles(element);
  terminal.textarea?.setAttribute('aria-label', 'Terminal input');
  terminal.attachCustomKeyEventHandler((event) => {
    const leaves = event.type === 'keydown' && event.key === 'Escape' && event.shiftKey;
    if (leaves) {
      event.preventDefault();
      onLeave();
    }
    return !leaves;
  });
  terminal.onData(onText);
  terminal.onResize(({ cols, rows }) => onSize(cols, rows));
  const fitted = () => {
    if (element.clientWidth > 0) fit.fit();
  };
  const watch = new ResizeObserver(fitted);
  watch.observe(element);
  fitted();
  return {
    columns: () => terminal.cols,
    rows: () => terminal.rows,
    show: (base64) => terminal.write(bytesOf(base64)),
    say: (text) => terminal.write(text),
    clear: () => terminal.reset(),
    focus: () => terminal.focus(),
    close: () => {
      watch.disconnect();
      terminal.dispose();
      dropStyles();
    },
  };
}
