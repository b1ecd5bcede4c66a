//! `*` patterns of fault rules.

/// Whether `text` matches `pattern`, in which `*` stands for any run of characters (none, or `/`
/// and `.` included).
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| text.strip_prefix(head)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "a/b", true),
            ("/v2/storage/files/*", "/v2/storage/files/prepare", true),
            ("*/files/*", "/v2/storage/branch/default/files/12", true),
            ("*.keboola.com", "connection.keboola.com", true),
            ("*.keboola.com", "connection.keboola.cloud", false),
            ("/a", "/a", true),
            ("/a", "/ab", false),
            ("a*b*c", "a1b2b3c", true),
            ("a*b*c", "a1c", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
