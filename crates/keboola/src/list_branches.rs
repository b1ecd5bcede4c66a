//! The branches of the project (reference §4).

use serde::Deserialize;
use transport::Http;

use crate::client::Storage;
use crate::error::KeboolaError;
use crate::wire;

/// One branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its id; production has one, too.
    pub id: String,
    /// Whether it is production.
    pub is_default: bool,
}

impl<H: Http> Storage<'_, H> {
    /// Lists the project's branches.
    ///
    /// # Errors
    /// When Storage does not answer or refuses.
    pub async fn list_branches(&self) -> Result<Vec<Branch>, KeboolaError> {
        let url = self.of_project("dev-branches");
        let all: Vec<BranchWire> = self.get(&url, "list of branches").await?;
        Ok(all.into_iter().map(BranchWire::read).collect())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BranchWire {
    #[serde(deserialize_with = "wire::text")]
    id: String,
    #[serde(default, deserialize_with = "wire::lenient")]
    is_default: bool,
}

impl BranchWire {
    fn read(self) -> Branch {
        Branch {
            id: self.id,
            is_default: self.is_default,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use transport::testing::Script;

    use super::*;
    use crate::page::StackHost;
    use crate::token::StorageToken;

    #[test]
    fn production_is_told_from_the_others() {
        let http = Script::new().reply(
            200,
            r#"[{"id":3,"name":"Main","isDefault":true},{"id":"4","name":"try"}]"#,
        );
        let host = StackHost::parse("connection.keboola.com").unwrap();
        let token = StorageToken::parse("1-2-abcdefghij").unwrap();
        let all = block_on(Storage::new(&http, &host, Some("4"), &token).list_branches()).unwrap();
        let told: Vec<_> = all.iter().map(|it| (&*it.id, it.is_default)).collect();
        assert_eq!(told, [("3", true), ("4", false)]);
        assert!(http.written()[0].contains("/v2/storage/dev-branches"));
    }
}
