//! Secrets never reach the log: their values, and the forms in which programs print them, become
//! `***`.
//!
//! Text comes in chunks, and a secret may be cut by them; so what could still become a secret is held
//! back, and nothing else is. Where secrets overlap or touch, all of it is one `***`.

mod forms;
mod patterns;

use std::rc::Rc;

use patterns::Patterns;

/// What stands for a secret.
pub const MASK: &str = "***";

/// A shorter value would mask half the log and hide little; in characters.
pub const SHORTEST: usize = 4;

/// Masks secrets in text that comes in chunks. One for each stream: see [`Masker::fresh`].
#[derive(Clone, Debug, Default)]
pub struct Masker {
    patterns: Rc<Patterns>,
    /// Text that could be the begin of a secret.
    held: String,
    /// So many bytes at its begin belong to a secret that began before it.
    covered: usize,
    /// The output ends with a mask that more may be part of.
    masked: bool,
}

impl Masker {
    /// A masker of these values, each also in base64, URL-encoded and escaped as in JSON, as a whole
    /// and line by line. Values of fewer than [`SHORTEST`] characters are left out.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let forms = secrets
            .into_iter()
            .flat_map(|secret| forms::forms(secret.as_ref()));
        Self {
            patterns: Rc::new(Patterns::new(forms)),
            ..Self::default()
        }
    }

    /// A masker of the same values for another text.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self {
            patterns: Rc::clone(&self.patterns),
            ..Self::default()
        }
    }

    /// A whole text, masked.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        let mut masker = self.fresh();
        let mut masked = masker.push(text);
        masked.push_str(&masker.finish());
        masked
    }

    /// What is certain of the text so far, masked. At most the begin of one secret is held back.
    pub fn push(&mut self, chunk: &str) -> String {
        if self.held.is_empty() {
            return self.advance(chunk, false);
        }
        let mut text = std::mem::take(&mut self.held);
        text.push_str(chunk);
        self.advance(&text, false)
    }

    /// What was held back, when the text is over.
    pub fn finish(&mut self) -> String {
        let text = std::mem::take(&mut self.held);
        let rest = self.advance(&text, true);
        self.masked = false;
        rest
    }

    fn advance(&mut self, text: &str, last: bool) -> String {
        let mut out = String::with_capacity(text.len() + MASK.len());
        // Bytes before `plain` are written; `run` is the stretch of secrets found last.
        let (mut plain, mut run) = (0, 0..self.covered);
        let mut found = |at: usize, length: usize, out: &mut String, masked: &mut bool| {
            if at <= run.end && !run.is_empty() {
                run.end = run.end.max(at + length);
                return;
            }
            write(text, plain, &run, out, masked);
            plain = plain.max(run.end);
            run = at..at + length;
        };
        let mut masked = self.masked;
        let mut held_from = text.len();
        let mut from = 0;
        while let Some(at) = self.patterns.next_start(text.as_bytes(), from) {
            let rest = text.as_bytes().get(at..).unwrap_or_default();
            if !last && self.patterns.may_become(rest) {
                held_from = at;
                break;
            }
            if let Some(length) = self.patterns.longest(rest) {
                found(at, length, &mut out, &mut masked);
            }
            from = at + 1;
        }
        if !run.is_empty() {
            write(text, plain, &run, &mut out, &mut masked);
            plain = plain.max(run.end);
        }
        self.covered = run.end.saturating_sub(held_from);
        if plain < held_from {
            out.push_str(text.get(plain..held_from).unwrap_or_default());
            masked = false;
        }
        self.masked = masked;
        text.get(held_from..)
            .unwrap_or_default()
            .clone_into(&mut self.held);
        out
    }
}

/// Writes the plain text before a stretch of secrets, and one mask for all of it.
fn write(
    text: &str,
    plain: usize,
    run: &std::ops::Range<usize>,
    out: &mut String,
    masked: &mut bool,
) {
    if run.is_empty() {
        return;
    }
    if plain < run.start {
        out.push_str(text.get(plain..run.start).unwrap_or_default());
        *masked = false;
    }
    if !*masked {
        out.push_str(MASK);
        *masked = true;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stream(secrets: &[String], chunks: &[&str]) -> String {
        let mut masker = Masker::new(secrets);
        let mut out: String = chunks.iter().map(|chunk| masker.push(chunk)).collect();
        out.push_str(&masker.finish());
        out
    }

    #[test]
    fn values_and_their_printed_forms_are_masked() {
        let masker = Masker::new(["p@ss wörd", "hunter2"]);
        for (text, masked) in [
            ("login p@ss wörd ok", "login *** ok"),
            ("?p=p%40ss%20w%C3%B6rd&x", "?p=***&x"),
            ("?p=p%40ss+w%c3%b6rd&x", "?p=***&x"),
            (r#"{"p": "p@ss w\u00f6rd"}"#, r#"{"p": "***"}"#),
            ("cEBzcyB3w7ZyZA==", "***"),
            ("hunter2hunter2", "***"),
            ("hunter", "hunter"),
            ("", ""),
        ] {
            assert_eq!(masker.mask(text), masked, "{text}");
        }
        // base64 of "user:hunter2", where the value begins within a group.
        assert_eq!(masker.mask("Basic dXNlcjpodW50ZXIy"), "Basic dXNlcjp***");
    }

    #[test]
    fn short_values_are_left_out() {
        assert_eq!(Masker::new(["abc", "", "  \n"]).mask("abc \n"), "abc \n");
        assert_eq!(Masker::new(["žluť"]).mask("žluť"), "***");
    }

    #[test]
    fn overlapping_secrets_are_one_stretch() {
        for (secrets, text, masked) in [
            (["abcd", "abcdef"], "xabcdefx", "x***x"),
            (["abcd", "cdxy"], "abcdxy", "***"),
            (["abcdefgh", "cdef"], "abcdefgh cdef", "*** ***"),
            (["aaaa", "aaaa"], "aaaaaaa", "***"),
        ] {
            let secrets = secrets.map(str::to_owned);
            for size in 1..=text.len() {
                let chunks: Vec<&str> = text
                    .as_bytes()
                    .chunks(size)
                    .map(|c| std::str::from_utf8(c).unwrap())
                    .collect();
                assert_eq!(stream(&secrets, &chunks), masked, "{text} by {size}");
            }
        }
    }

    #[test]
    fn only_what_may_become_a_secret_is_held_back() {
        let mut masker = Masker::new(["hunter2"]);
        assert_eq!(masker.push("a line\n"), "a line\n");
        assert_eq!(masker.push("I hunt"), "I ");
        assert_eq!(masker.push("ed\n"), "hunted\n");
        assert_eq!(masker.push("hunter"), "");
        assert_eq!(masker.finish(), "hunter");
    }

    #[test]
    fn a_secret_of_several_lines_is_masked_line_by_line_too() {
        let key = "-----BEGIN KEY-----\nMIIEvQIBADAN\n-----END KEY-----\n";
        let masker = Masker::new([key]);
        assert_eq!(masker.mask(key), "***");
        assert_eq!(masker.mask("> MIIEvQIBADAN\n"), "> ***\n");
    }

    /// Secrets of few letters, so that they overlap; never of `*`, of which the mask is made.
    fn secrets() -> impl Strategy<Value = Vec<String>> {
        let blank = |secret: &String| !secret.trim().is_empty();
        let secret = "[abé%+\n\"]{4,9}".prop_filter("a blank is no secret", blank);
        prop::collection::vec(secret, 1..5)
    }

    proptest! {
        #[test]
        fn no_secret_is_in_the_output_under_any_chunking(
            secrets in secrets(),
            pieces in prop::collection::vec((any::<prop::sample::Index>(), "[abé%+\n\" ]{0,6}"), 0..12),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let mut text = String::new();
            for (which, between) in &pieces {
                text.push_str(which.get(&secrets).as_str());
                text.push_str(between);
            }
            let mut cuts: Vec<usize> = cuts
                .iter()
                .map(|cut| text.floor_char_boundary(cut.index(text.len() + 1)))
                .collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&str> = cuts.windows(2).map(|cut| text.get(cut[0]..cut[1]).unwrap()).collect();
            let out = stream(&secrets, &chunks);
            for secret in &secrets {
                prop_assert!(!out.contains(secret.as_str()), "{secret:?} in {out:?}");
            }
            prop_assert_eq!(out, Masker::new(&secrets).mask(&text), "chunks make no difference");
        }

        #[test]
        fn text_without_secrets_passes_as_it_is(text in "[c-z \n]{0,200}", size in 1_usize..30) {
            let secrets = ["aaaa".to_owned(), "cccc cccc cccc".to_owned()];
            let chunks: Vec<&str> =
                text.as_bytes().chunks(size).map(|c| std::str::from_utf8(c).unwrap()).collect();
            prop_assume!(!text.contains(&secrets[1]));
            prop_assert_eq!(stream(&secrets, &chunks), text);
        }
    }
}
