//! The JSON text of an object as a person types it: where its first mistake is, in words, and its
//! layout. Names and values keep the spelling that they have.

/// Objects and lists inside one another that the worker still reads.
const DEPTH: usize = 120;

/// The first mistake of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// From 1 on.
    pub line: usize,
    /// From 1 on, in characters.
    pub column: usize,
    /// What is wrong there.
    pub words: &'static str,
}

/// Looks for a mistake.
///
/// # Errors
/// The first one. A name that stands twice in its object is one, too: nobody could tell which counts.
pub fn check_object(text: &str) -> Result<(), Mistake> {
    Reader { text, at: 0 }
        .document()
        .map_err(|Wrong(at, words)| {
            let before = text.get(..at).unwrap_or(text);
            let line = before.rsplit('\n').next().unwrap_or_default();
            Mistake {
                line: before.matches('\n').count() + 1,
                column: line.chars().count() + 1,
                words,
            }
        })
}

/// Valid JSON with one value on each line.
#[must_use]
pub fn pretty(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    let mut tokens = Tokens(text).peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(token) = tokens.next() {
        if matches!(token, "}" | "]") {
            depth = depth.saturating_sub(1);
            line(&mut out, depth);
        }
        out.push_str(token);
        match token {
            "{" | "[" => match tokens.next_if(|next| matches!(*next, "}" | "]")) {
                Some(end) => out.push_str(end),
                None => {
                    depth += 1;
                    line(&mut out, depth);
                }
            },
            "," => line(&mut out, depth),
            ":" => out.push(' '),
            _ => {}
        }
    }
    out
}

/// Whether two valid texts differ in their layout at the most.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    Tokens(one).eq(Tokens(other))
}

/// Brackets, commas, colons, strings, and everything else up to the next of these or a space.
struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.0.trim_start_matches(is_space);
        let first = rest.chars().next()?;
        let end = match first {
            '"' => end_of_string(rest),
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            _ => rest
                .find(|it| is_space(it) || "{}[],:\"".contains(it))
                .unwrap_or(rest.len()),
        };
        let (token, rest) = rest.split_at(end);
        self.0 = rest;
        Some(token)
    }
}

fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn is_space(it: char) -> bool {
    matches!(it, ' ' | '\t' | '\n' | '\r')
}

/// A mistake at a place in bytes.
struct Wrong(usize, &'static str);

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<(), Wrong> {
        match self.next_token() {
            Some(b'{') => self.object(DEPTH)?,
            None => return self.wrong("Nothing stands here; {} is an object without parameters."),
            Some(_) => return self.wrong("The parameters are an object: they begin with {."),
        }
        match self.next_token() {
            None => Ok(()),
            Some(_) => self.wrong("Something stands behind the end of the object."),
        }
    }

    fn value(&mut self, depth: usize) -> Result<(), Wrong> {
        match self.next_token() {
            Some(b'{' | b'[') if depth == 0 => self.wrong("This is nested too deeply."),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'\'') => self.wrong("Texts stand in double quotes."),
            Some(b'/' | b'#') => self.wrong("JSON has no comments."),
            Some(b',' | b'}' | b']') => self.wrong("A value is missing here."),
            Some(_) => self.word(),
            None => self.wrong("The text ends where a value belongs."),
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), Wrong> {
        self.at += 1;
        let mut names = std::collections::BTreeSet::new();
        loop {
            match self.next_token() {
                Some(b'"') => {}
                Some(b'}') if names.is_empty() => break,
                Some(b'}') => return self.wrong("The comma before this } is one too many."),
                Some(b'\'') => return self.wrong("Names stand in double quotes."),
                Some(b'/' | b'#') => return self.wrong("JSON has no comments."),
                Some(_) => return self.wrong("A name in double quotes belongs here."),
                None => return self.wrong("The text ends inside an object: a } is missing."),
            }
            let at = self.at;
            let name = self.string()?;
            if !names.insert(name) {
                return Err(Wrong(at, "This name stands twice in its object."));
            }
            match self.next_token() {
                Some(b':') => self.at += 1,
                _ => return self.wrong("A colon belongs between a name and its value."),
            }
            self.value(depth - 1)?;
            match self.next_token() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                Some(_) => return self.wrong("A comma or } is missing before this."),
                None => return self.wrong("The text ends inside an object: a } is missing."),
            }
        }
        self.at += 1;
        Ok(())
    }

    fn list(&mut self, depth: usize) -> Result<(), Wrong> {
        self.at += 1;
        if self.next_token() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(depth - 1)?;
            match self.next_token() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                Some(_) => return self.wrong("A comma or ] is missing before this."),
                None => return self.wrong("The text ends inside a list: a ] is missing."),
            }
            if self.next_token() == Some(b']') {
                return self.wrong("The comma before this ] is one too many.");
            }
        }
        self.at += 1;
        Ok(())
    }

    /// A string with its quotes.
    fn string(&mut self) -> Result<&'a str, Wrong> {
        let begin = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(b'\n') => {
                    return self
                        .wrong("A text in quotes ends on its line; write \\n for a new one.");
                }
                Some(b'\t') => return self.wrong("Write \\t for a tab in a text."),
                Some(..0x20) => return self.wrong("A control character cannot stand in a text."),
                Some(_) => self.at += 1,
                None => return Err(Wrong(begin, "This quote is never closed.")),
            }
        }
        self.at += 1;
        Ok(self.text.get(begin..self.at).unwrap_or_default())
    }

    fn escape(&mut self) -> Result<(), Wrong> {
        let begin = self.at;
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                return Ok(());
            }
            Some(b'u') => {}
            _ => return Err(Wrong(begin, "Write \\\\ for a backslash.")),
        }
        let half = Err(Wrong(
            begin,
            "This is half a character: \\u pairs belong together.",
        ));
        match self.unit() {
            None => Err(Wrong(begin, "Four digits from 0 to f belong behind \\u.")),
            Some(0xD800..=0xDBFF) if self.peek() == Some(b'\\') => {
                self.at += 1;
                match self.unit() {
                    Some(0xDC00..=0xDFFF) => Ok(()),
                    _ => half,
                }
            }
            Some(0xD800..=0xDFFF) => half,
            Some(_) => Ok(()),
        }
    }

    /// `uXXXX`.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..)?.strip_prefix('u')?.get(..4)?;
        self.at += 5;
        let is_hex = digits.bytes().all(|it| it.is_ascii_hexdigit());
        is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
    }

    fn number(&mut self) -> Result<(), Wrong> {
        let begin = self.at;
        self.skip(b"-");
        let whole = self.at;
        if self.digits() == 0 {
            return Err(Wrong(begin, "A number has digits behind its minus."));
        }
        if self.at > whole + 1 && self.text.as_bytes().get(whole) == Some(&b'0') {
            return Err(Wrong(begin, "A number does not begin with 0."));
        }
        if self.skip(b".") && self.digits() == 0 {
            return Err(Wrong(begin, "A number has digits behind its point."));
        }
        if self.skip(b"eE") {
            self.skip(b"+-");
            if self.digits() == 0 {
                return Err(Wrong(begin, "A number has digits behind its e."));
            }
        }
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let begin = self.at;
        while self.skip(b"0123456789") {}
        self.at - begin
    }

    fn skip(&mut self, any_of: &[u8]) -> bool {
        let is_there = self.peek().is_some_and(|it| any_of.contains(&it));
        self.at += usize::from(is_there);
        is_there
    }

    fn word(&mut self) -> Result<(), Wrong> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_part = |it: char| it.is_alphanumeric() || it == '_';
        let end = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
        match rest.get(..end).unwrap_or_default() {
            word @ ("true" | "false" | "null") => {
                self.at += word.len();
                Ok(())
            }
            "True" | "False" | "TRUE" | "FALSE" => {
                self.wrong("Write true and false in small letters.")
            }
            "None" | "Null" | "NULL" => self.wrong("Write null for no value."),
            _ => self.wrong("This is no value; texts stand in double quotes."),
        }
    }

    fn next_token(&mut self) -> Option<u8> {
        while self.skip(b" \t\n\r") {}
        self.peek()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn wrong<T>(&self, words: &'static str) -> Result<T, Wrong> {
        Err(Wrong(self.at, words))
    }
}

#[cfg(test)]
mod tests {
    use keboola::Document;

    use super::*;

    #[test]
    fn what_is_valid_is_valid_to_the_worker_too() {
        for text in [
            "{}",
            " {\n} \r\n\t",
            r#"{"a":1,"b":[],"c":{"d":[1,-0.5e+10,{}]},"":null}"#,
            r#"{"a":12345678901234567890.10,"b":1E400,"c":-0,"d":true,"e":false}"#,
            r##"{"a":"\u00e9\/\\\"\ud83d\ude00 é😀","#a":"x","nested":[[["deep"]]]}"##,
            r#"{"a":{"a":1}}"#,
        ] {
            assert_eq!(check_object(text), Ok(()), "{text}");
            assert!(Document::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn the_first_mistake_is_told_with_its_place() {
        for (text, line, column, words) in [
            ("", 1, 1, "Nothing stands here"),
            ("[]", 1, 1, "are an object"),
            ("{} 1", 1, 4, "behind the end"),
            ("{\n  \"é\": 1\n  \"b\": 2\n}", 3, 3, "comma or }"),
            (r#"{"é": 'x'}"#, 1, 7, "double quotes"),
            ("{'a': 1}", 1, 2, "Names stand"),
            ("{a: 1}", 1, 2, "A name in double quotes"),
            (r#"{"a" 1}"#, 1, 6, "colon"),
            (r#"{"a":}"#, 1, 6, "value is missing"),
            (r#"{"a":1,}"#, 1, 8, "one too many"),
            (r#"{"a":[1,]}"#, 1, 9, "one too many"),
            (r#"{"a":[1 2]}"#, 1, 9, "comma or ]"),
            (r#"{"a":[,1]}"#, 1, 7, "value is missing"),
            (r#"{"a":[1"#, 1, 8, "] is missing"),
            (r#"{"a":1"#, 1, 7, "} is missing"),
            (r#"{"a":1,"#, 1, 8, "} is missing"),
            (r#"{"a":"#, 1, 6, "ends where a value"),
            (r#"{"a":True}"#, 1, 6, "small letters"),
            (r#"{"a":None}"#, 1, 6, "null"),
            (r#"{"a":yes}"#, 1, 6, "no value"),
            (r#"{"a":NaN}"#, 1, 6, "no value"),
            (r#"{"a":nullable}"#, 1, 6, "no value"),
            (r#"{"a":01}"#, 1, 6, "begin with 0"),
            (r#"{"a":-}"#, 1, 6, "minus"),
            (r#"{"a":1.}"#, 1, 6, "point"),
            (r#"{"a":1e}"#, 1, 6, "behind its e"),
            (r#"{"a":+1}"#, 1, 6, "no value"),
            ("{\"a\":\"x\n\"}", 1, 8, "ends on its line"),
            ("{\"a\":\"\t\"}", 1, 7, "for a tab"),
            ("{\"a\":\"\u{1}\"}", 1, 7, "control"),
            (r#"{"a":"x}"#, 1, 6, "never closed"),
            (r#"{"a":"C:\dir"}"#, 1, 9, "backslash"),
            (r#"{"a":"\u12"}"#, 1, 7, "Four digits"),
            (r#"{"a":"\u+123"}"#, 1, 7, "Four digits"),
            (r#"{"a":"\ud83d"}"#, 1, 7, "half a character"),
            (r#"{"a":"\ude00"}"#, 1, 7, "half a character"),
            (r#"{"a":"\ud83d\u0041"}"#, 1, 7, "half a character"),
            ("{\"a\":1, // b\n}", 1, 9, "no comments"),
            ("{\"a\": # b\n1}", 1, 7, "no comments"),
        ] {
            let mistake = check_object(text).unwrap_err();
            assert_eq!((mistake.line, mistake.column), (line, column), "{text}");
            assert!(mistake.words.contains(words), "{text}: {}", mistake.words);
            // A document keeps its strings unread and takes PHP's empty list.
            let is_lenient = words == "half a character" || text == "[]";
            assert!(is_lenient || Document::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_that_stands_twice_is_a_mistake() {
        let mistake = check_object("{\"a\": 1,\n \"a\": 2}").unwrap_err();
        assert_eq!((mistake.line, mistake.column), (2, 2));
        assert!(mistake.words.contains("twice"));
    }

    #[test]
    fn what_the_worker_could_not_read_for_its_depth_is_a_mistake() {
        let nested = |depth| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(check_object(&nested(DEPTH - 1)), Ok(()));
        assert!(Document::parse(&nested(DEPTH - 1)).is_ok());
        assert!(check_object(&nested(DEPTH)).is_err());
        assert!(check_object(&"[".repeat(100_000)).is_err());
        assert!(check_object(&nested(100_000)).is_err());
    }

    #[test]
    fn the_layout_changes_no_spelling() {
        let text = r#"{"a":1.0,"b":[1e5,"x: \"{,\\",{}],"c":{"d":[]},"\u00e9":"\/"}"#;
        let laid = "{\n  \"a\": 1.0,\n  \"b\": [\n    1e5,\n    \"x: \\\"{,\\\\\",\n    {}\n  ],\n  \"c\": {\n    \"d\": []\n  },\n  \"\\u00e9\": \"\\/\"\n}";
        assert_eq!(pretty(text), laid);
        assert_eq!(pretty(laid), laid);
        assert_eq!(pretty("{}"), "{}");
        assert_eq!(pretty("{ \n}"), "{}");
        assert!(is_same(text, laid));
        assert!(is_same(r#"{"a": 1}"#, "{ \"a\":1 }\n"));
        assert!(!is_same(r#"{"a": "1 "}"#, r#"{"a": "1"}"#));
        assert!(!is_same(r#"{"a": 1.0}"#, r#"{"a": 1}"#));
        assert!(!is_same(r#"{"a": 12}"#, r#"{"a": 1}"#));
    }
}
