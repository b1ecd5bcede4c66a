//! What a terminal would do with a line: colours kept, every other control sequence dropped.
//!
//! Kept are the sixteen foreground colours and bold. `\r` begins the line anew, as progress bars
//! expect. A sequence may be cut between two pieces of a line, so the state lives in [`Terminal`].

/// Longest run of parameters that is still taken for a colour.
const LONGEST_SEQUENCE: usize = 64;

/// How a stretch of text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// One of the sixteen colours, 0 to 15; 8 and up are the bright ones.
    pub color: Option<u8>,
    /// Bold.
    pub bold: bool,
}

impl Style {
    /// Nothing special.
    #[must_use]
    pub fn is_plain(self) -> bool {
        self == Self::default()
    }
}

/// A change of style inside a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Byte at which the style begins; it lasts to the next span or the line's end.
    pub start: u32,
    /// The style.
    pub style: Style,
}

/// A line's text without control sequences, and its styles. No span means plain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Where styles change, in order.
    pub spans: Vec<Span>,
}

impl Text {
    fn style_from_here(&mut self, style: Style) {
        let start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        if self.spans.last().is_some_and(|last| last.start == start) {
            self.spans.pop();
        }
        let before = self.spans.last().map(|last| last.style).unwrap_or_default();
        if before != style {
            self.spans.push(Span { start, style });
        }
    }
}

/// The state of one stream between its pieces.
#[derive(Clone, Debug, Default)]
pub struct Terminal {
    style: Style,
    escape: Escape,
    returned: bool,
}

/// Where inside a control sequence the stream stands.
#[derive(Clone, Debug, Default)]
enum Escape {
    #[default]
    None,
    /// After ESC.
    Begun,
    /// After `ESC [`, with the parameters so far.
    Control(String),
    /// Inside `ESC ]`, `ESC P`, `ESC ^`, `ESC _`: up to BEL or `ESC \`.
    Command,
    /// After ESC inside a command, which `\` would end.
    CommandEnding,
}

impl Terminal {
    /// Begins a new line. A sequence that the line before left open is dropped.
    pub fn new_line(&mut self, line: &mut Text) {
        self.escape = Escape::None;
        self.returned = false;
        line.style_from_here(self.style);
    }

    /// Writes a piece of a line.
    pub fn write(&mut self, line: &mut Text, piece: &str) {
        let ground = matches!(self.escape, Escape::None) && !self.returned;
        if ground && !piece.bytes().any(is_control) {
            line.text.push_str(piece);
            return;
        }
        for character in piece.chars() {
            self.step(line, character);
        }
    }

    fn step(&mut self, line: &mut Text, character: char) {
        match (&mut self.escape, character) {
            (Escape::None, '\u{1b}') => self.escape = Escape::Begun,
            (Escape::None, _) => self.print(line, character),
            (Escape::Begun, '[') => self.escape = Escape::Control(String::new()),
            (Escape::Begun, ']' | 'P' | '^' | '_') => self.escape = Escape::Command,
            (Escape::Begun, ' '..='/') => {}
            (Escape::Begun, _) => self.escape = Escape::None,
            (Escape::Control(parameters), ' '..='?') => {
                if parameters.len() < LONGEST_SEQUENCE {
                    parameters.push(character);
                }
            }
            (Escape::Control(parameters), _) => {
                if character == 'm' {
                    self.style = restyled(self.style, parameters);
                    line.style_from_here(self.style);
                }
                self.escape = Escape::None;
            }
            (Escape::Command, '\u{1b}') => self.escape = Escape::CommandEnding,
            (Escape::Command, '\u{7}') | (Escape::CommandEnding, '\\') => {
                self.escape = Escape::None;
            }
            (Escape::Command, _) => {}
            (Escape::CommandEnding, _) => self.escape = Escape::Command,
        }
    }

    fn print(&mut self, line: &mut Text, character: char) {
        match character {
            '\r' => self.returned = true,
            '\u{8}' => {
                line.text.pop();
            }
            '\t' => self.put(line, character),
            control if control.is_control() => {}
            _ => self.put(line, character),
        }
    }

    fn put(&mut self, line: &mut Text, character: char) {
        if std::mem::take(&mut self.returned) {
            line.text.clear();
            line.spans.clear();
            line.style_from_here(self.style);
        }
        line.text.push(character);
    }
}

fn is_control(byte: u8) -> bool {
    // 0xc2 begins the C1 controls (U+0080 to U+009F) in UTF-8, among others.
    (byte < 0x20 && byte != b'\t') || byte == 0x7f || byte == 0xc2
}

/// The style after `ESC [ parameters m`.
fn restyled(mut style: Style, parameters: &str) -> Style {
    let mut codes = parameters
        .split([';', ':'])
        .map(|code| code.parse::<u16>().unwrap_or(0));
    while let Some(code) = codes.next() {
        match code {
            0 => style = Style::default(),
            1 => style.bold = true,
            22 => style.bold = false,
            30..=37 => style.color = color(code - 30),
            39 => style.color = None,
            90..=97 => style.color = color(code - 90 + 8),
            // Colours of the large palettes bring their own parameters along.
            38 | 48 | 58 => {
                let chosen = match codes.next() {
                    Some(5) => codes.next(),
                    Some(2) => {
                        codes.nth(2);
                        None
                    }
                    _ => None,
                };
                if code == 38 {
                    style.color = chosen.filter(|it| *it < 16).and_then(color);
                }
            }
            _ => {}
        }
    }
    style
}

fn color(number: u16) -> Option<u8> {
    u8::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(pieces: &[&str]) -> Text {
        let mut terminal = Terminal::default();
        let mut line = Text::default();
        terminal.new_line(&mut line);
        for piece in pieces {
            terminal.write(&mut line, piece);
        }
        line
    }

    fn span(start: u32, color: Option<u8>, bold: bool) -> Span {
        Span {
            start,
            style: Style { color, bold },
        }
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        let line = written(&["  File \"a.py\", line 3\třeka 🙂"]);
        assert_eq!(line.text, "  File \"a.py\", line 3\třeka 🙂");
        assert!(line.spans.is_empty());
    }

    #[test]
    fn colours_and_bold_become_spans() {
        for (input, text, spans) in [
            (
                "a\u{1b}[31mb\u{1b}[0mc",
                "abc",
                vec![span(1, Some(1), false), span(2, None, false)],
            ),
            ("\u{1b}[1;92mok", "ok", vec![span(0, Some(10), true)]),
            (
                "\u{1b}[1m\u{1b}[33mx\u{1b}[22my",
                "xy",
                vec![span(0, Some(3), true), span(1, Some(3), false)],
            ),
            ("\u{1b}[38;5;9mx", "x", vec![span(0, Some(9), false)]),
            ("\u{1b}[38;5;200mx", "x", vec![]),
            ("\u{1b}[38;2;1;31;3mx", "x", vec![]),
            ("\u{1b}[48;5;1;32mx", "x", vec![span(0, Some(2), false)]),
            ("\u{1b}[31m\u{1b}[mx", "x", vec![]),
        ] {
            let line = written(&[input]);
            assert_eq!(line.text, text, "{input:?}");
            assert_eq!(line.spans, spans, "{input:?}");
        }
    }

    #[test]
    fn everything_else_is_dropped() {
        for (input, text) in [
            ("\u{1b}[2K\u{1b}[1Gdone", "done"),
            ("\u{1b}]8;;https://x\u{7}link\u{1b}]8;;\u{7}", "link"),
            ("\u{1b}]0;title\u{1b}\\x", "x"),
            ("\u{1b}(Bx", "x"),
            ("a\u{0}b\u{7}c\u{7f}", "abc"),
            ("a\u{9b}b", "ab"),
            ("abc\u{8}d", "abd"),
        ] {
            assert_eq!(written(&[input]).text, text, "{input:?}");
        }
    }

    #[test]
    fn a_return_begins_the_line_anew_once_something_follows() {
        assert_eq!(written(&["10 %\r20 %\r30 %"]).text, "30 %");
        assert_eq!(written(&["10 %\r"]).text, "10 %");
        assert_eq!(written(&["10 %\r", "20 %"]).text, "20 %");
        assert_eq!(written(&["windows\r"]).text, "windows");
    }

    #[test]
    fn a_sequence_may_be_cut_anywhere() {
        let whole = "a\u{1b}[1;31mb\u{1b}]0;t\u{7}c\u{1b}[0md";
        for cut in (1..whole.len()).filter(|cut| whole.is_char_boundary(*cut)) {
            let (first, second) = whole.split_at(cut);
            assert_eq!(written(&[first, second]), written(&[whole]), "{cut}");
        }
    }

    #[test]
    fn a_style_lasts_over_lines_and_an_open_sequence_does_not() {
        let mut terminal = Terminal::default();
        let mut first = Text::default();
        terminal.new_line(&mut first);
        terminal.write(&mut first, "\u{1b}[31mred\u{1b}[");
        let mut second = Text::default();
        terminal.new_line(&mut second);
        terminal.write(&mut second, "still");
        assert_eq!(second.text, "still");
        assert_eq!(second.spans, [span(0, Some(1), false)]);
    }
}
