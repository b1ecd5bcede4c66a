//! The Unix accounts of a sandbox. They are fixed by the template, so they are a table here rather
//! than a parser of `/etc/passwd`.

/// The account that commands and files belong to when the caller names none (envd ≥ 0.4.0).
pub(crate) const DEFAULT_USER: &str = "user";

/// One account of the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: &'static str,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) home: &'static str,
}

const ACCOUNTS: [Account; 2] = [
    Account {
        name: "root",
        uid: 0,
        gid: 0,
        home: "/root",
    },
    Account {
        name: "user",
        uid: 1000,
        gid: 1000,
        home: "/home/user",
    },
];

impl Account {
    /// The account of that name, if the sandbox has it.
    pub(crate) fn named(name: &str) -> Option<Account> {
        ACCOUNTS.into_iter().find(|account| account.name == name)
    }

    /// The default account.
    pub(crate) const fn default_user() -> Account {
        ACCOUNTS[1]
    }
}

/// Name of a numeric id as `ls` would print it: the account's, else the number.
pub(crate) fn id_name(id: u32) -> String {
    ACCOUNTS
        .iter()
        .find(|account| account.uid == id)
        .map_or_else(|| id.to_string(), |account| account.name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_user_is_in_the_table_under_its_name() {
        assert_eq!(Account::named(DEFAULT_USER), Some(Account::default_user()));
        assert_eq!(Account::named("nobody"), None);
        assert_eq!(
            (id_name(0), id_name(1000), id_name(7)),
            ("root".into(), "user".into(), "7".into())
        );
    }
}
