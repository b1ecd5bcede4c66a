// The editor of the panel: CodeMirror, loaded when it is first shown. Bundled by `xtask`.
import {
  defaultKeymap,
  history,
  historyKeymap,
  indentWithTab,
  simplifySelection,
} from '@codemirror/commands';
import { jsonLanguage } from '@codemirror/lang-json';
import { pythonLanguage } from '@codemirror/lang-python';
import {
  HighlightStyle,
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language';
import {
  closeSearchPanel,
  highlightSelectionMatches,
  search,
  searchKeymap,
} from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import {
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** How long after Escape a Tab still leaves the editor, in milliseconds; any other key ends it, too. */
const LEAVING_MS = 60_000;

const languages = {
  python: [pythonLanguage, indentUnit.of('    ')],
  json: [jsonLanguage, indentUnit.of('  ')],
  text: [],
};

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.definitionKeyword], color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--ok)' },
  { tag: [tags.number, tags.bool, tags.null, tags.self], color: 'var(--warn)' },
  { tag: tags.comment, color: 'var(--text-3)', fontStyle: 'italic' },
  { tag: tags.propertyName, color: 'var(--text)' },
  {
    tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className)],
    fontWeight: '600',
  },
  { tag: tags.invalid, color: 'var(--err)' },
]);

const theme = EditorView.theme({
  '&': {
    color: 'var(--text)',
    backgroundColor: 'var(--bg)',
    font: 'var(--mono)',
    border: '1px solid var(--edge)',
    borderRadius: 'var(--r)',
    maxHeight: '55vh',
    overflow: 'hidden',
  },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-1px' },
  '.cm-scroller': { font: 'inherit', overflow: 'auto' },
  '.cm-content, .cm-gutter': { minHeight: '190px' },
  '.cm-content': { caretColor: 'var(--text)', padding: '6px 0' },
  '.cm-gutters': {
    backgroundColor: 'var(--bg-2)',
    color: 'var(--text-3)',
    borderRight: '1px solid var(--line)',
  },
  '.cm-activeLine': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLine': { backgroundColor: 'var(--bg-2)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLineGutter': {
    backgroundColor: 'var(--bg-3)',
    color: 'var(--text-2)',
  },
  '&.cm-focused .cm-matchingBracket, .cm-selectionMatch': { backgroundColor: 'var(--bg-3)' },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'var(--err-bg)' },
  '.cm-searchMatch': { backgroundColor: 'var(--warn-bg)' },
  '.cm-searchMatch-selected': { outline: '1px solid var(--warn)' },
  '.cm-specialChar': { color: 'var(--err)' },
  '.cm-panels': { backgroundColor: 'var(--bg-2)', color: 'var(--text)', font: 'var(--font)' },
  '.cm-panels.cm-panels-bottom': { borderTop: '1px solid var(--line)' },
  '.cm-panel.cm-search': { padding: '6px 30px 6px 8px' },
  '.cm-panel.cm-search label': { fontSize: 'inherit' },
  '.cm-panel.cm-search [name=close]': { width: '24px', height: '24px', color: 'inherit' },
  '.cm-textfield': {
    font: 'inherit',
    backgroundColor: 'var(--bg)',
    border: '1px solid var(--edge)',
    borderRadius: 'var(--r)',
    minHeight: '26px',
  },
  '.cm-button': {
    font: 'inherit',
    color: 'inherit',
    backgroundColor: 'var(--bg)',
    backgroundImage: 'none',
    border: '1px solid var(--edge)',
    borderRadius: 'var(--r)',
    minHeight: '26px',
  },
});

/** Tab indents; after this key it leads out of the editor. The panel would close on it. */
const leave = {
  key: 'Escape',
  run: (view) => {
    view.setTabFocusMode(LEAVING_MS);
    if (!closeSearchPanel(view)) simplifySelection(view);
    return true;
  },
};

/**
 * What is typed over a selection. Left to itself the browser would keep the look of what was selected, in a
 * style attribute, which the policy forbids and the console tells.
 */
const typeOver = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { inputType, data, isComposing } = event;
    if (inputType !== 'insertText' || data === null || isComposing) return false;
    const { selection } = view.state;
    if (selection.ranges.every(({ empty }) => empty)) return false;
    const change = view.state.replaceSelection(view.state.toText(data));
    view.dispatch(change, { userEvent: 'input.type', scrollIntoView: true });
    return true;
  },
});

/** The ends of a text's lines: the editor must give back all that it was given. */
const endsOf = (text) => (/\r\n/.test(text) && !/(^|[^\r])\n/.test(text) ? '\r\n' : '\n');

/**
 * Shows an editor in an element. `onChange` is told the text whenever a person changed it. It stands in
 * a shadow root: in the document itself CodeMirror would write its styles into an element, which the
 * policy forbids.
 */
export function create(parent, { doc, language, label, onChange }) {
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: 'open' });
  const extensions = [
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    highlightSelectionMatches(),
    history(),
    indentOnInput(),
    bracketMatching(),
    typeOver,
    search(),
    syntaxHighlighting(colours),
    theme,
    ...languages[language],
    keymap.of([leave, ...searchKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
    EditorView.contentAttributes.of({
      // It is reached by Tab without this, too, but not every tool that looks at a page knows.
      tabindex: '0',
      'aria-label': label,
      'aria-description': 'Escape, then Tab, leaves the editor.',
    }),
    EditorView.clipboardInputFilter.of((text, state) => text.replace(/\r\n?|\n/g, state.lineBreak)),
    EditorView.updateListener.of(({ docChanged, state }) => {
      if (docChanged) onChange(state.sliceDoc());
    }),
  ];
  const stateOf = (text) =>
    EditorState.create({
      doc: text,
      extensions: [EditorState.lineSeparator.of(endsOf(text)), extensions],
    });
  const view = new EditorView({ state: stateOf(doc), parent: root, root });
  return {
    /** Another text; what was typed cannot be brought back by Undo. */
    setText: (text) => {
      if (view.state.sliceDoc() !== text) view.setState(stateOf(text));
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}
