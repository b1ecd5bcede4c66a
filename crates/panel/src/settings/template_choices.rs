//! The templates that are offered: those that every key of E2B's cloud has, and the key's own.

use messages::worker::TemplateView;

/// Public templates of E2B's cloud (reference/e2b.md §5), which its list of a team's own leaves out.
const PUBLIC: [(&str, &str); 2] = [
    ("code-interpreter-v1", "Python 3.13, 2 vCPU, 2 GB"),
    ("base", "Python 3.11, 2 vCPU, 512 MB"),
];

/// Names with a few words on each; none twice.
#[must_use]
pub fn choices(listed: &[TemplateView]) -> Vec<(String, String)> {
    let public = PUBLIC.map(|(name, words)| (name.to_owned(), words.to_owned()));
    let mut all: Vec<(String, String)> = public.into();
    for template in listed {
        if !all.iter().any(|(name, _)| *name == template.name) {
            let words = template.size.map_or_else(String::new, |(cpus, megabytes)| {
                format!("{cpus} vCPU, {megabytes} MB")
            });
            all.push((template.name.clone(), words));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_templates_come_after_the_public_ones_and_none_twice() {
        let template = |name: &str, size| TemplateView {
            name: name.to_owned(),
            size,
        };
        let listed = [
            template("base", Some((2, 512))),
            template("kbc-runtime", Some((4, 4_096))),
            template("a1b2", None),
        ];
        let names: Vec<_> = choices(&listed);
        let pairs: Vec<(&str, &str)> = names
            .iter()
            .map(|(name, words)| (name.as_str(), words.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [
                PUBLIC[0],
                PUBLIC[1],
                ("kbc-runtime", "4 vCPU, 4096 MB"),
                ("a1b2", ""),
            ]
        );
    }
}
