// Small builders for the page's elements.

/** An element with attributes and children; `onclick` and its kind become listeners. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

const ICONS = {
  run: 'M4 2.5v11l9-5.5z',
  timeout: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 2.5V8l2.5 2',
  copy: 'M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3',
  automate: 'M3 8a5 5 0 0 1 9-3m1-2.5V5.5H10M13 8a5 5 0 0 1-9 3m-1 2.5v-3h3',
  debug:
    'M5 6h6v4a3 3 0 0 1-6 0zM6 6a2 2 0 0 1 4 0M2.5 8H5m6 0h2.5M3 4l2 2m8-2-2 2M3 12.5l2-1.5m8 1.5L11 11',
  delete: 'M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.5 9h6l.5-9',
};

/** A 16 px line icon. */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  for (const [key, value] of Object.entries({
    width: 16,
    height: 16,
    viewBox: '0 0 16 16',
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': 1.4,
    'stroke-linejoin': 'round',
    'aria-hidden': 'true',
  }))
    svg.setAttribute(key, value);
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}
