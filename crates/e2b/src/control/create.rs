//! Creates a sandbox.

use std::collections::BTreeMap;
use std::fmt;

use http::Method;
use serde_json::json;
use transport::Http;

use super::sandbox::read_id;
use super::{Control, Sandbox};
use crate::E2bError;

/// What a sandbox is to be. It is always secured: its envd answers to its own token only.
#[derive(Clone, PartialEq, Eq)]
pub struct CreateSandbox {
    /// Template by id, alias, `namespace/alias` or with a `:tag`.
    pub template: String,
    /// Life in seconds from now. A plan's limit is e2b's to tell.
    pub life_seconds: u32,
    /// Marks that a list shows and filters by. Readable by whoever has the key.
    pub metadata: BTreeMap<String, String>,
    /// Environment of every process in it. Readable by the code that runs there.
    pub env_vars: BTreeMap<String, String>,
    /// Whether it may reach anything but its own service.
    pub internet: bool,
}

// The values of the environment may be secrets.
impl fmt::Debug for CreateSandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CreateSandbox")
            .field("template", &self.template)
            .field("life_seconds", &self.life_seconds)
            .field("metadata", &self.metadata)
            .field("env_vars", &self.env_vars.keys())
            .field("internet", &self.internet)
            .finish()
    }
}

impl<H: Http> Control<'_, H> {
    /// Creates a sandbox by `POST /sandboxes`, which every known service has (reference/e2b.md §2.3).
    ///
    /// After an error that [is open](E2bError::is_open) it may exist all the same, see
    /// [`Control::create_once`].
    ///
    /// # Errors
    /// [`E2bError::Unusable`] for an answer that would lead astray: that sandbox was ended. See
    /// [`E2bError`].
    pub async fn create(&self, wanted: &CreateSandbox) -> Result<Sandbox, E2bError> {
        let mut body = json!({
            "templateID": wanted.template,
            "timeout": wanted.life_seconds,
            "metadata": wanted.metadata,
            "envVars": wanted.env_vars,
            "secure": true,
        });
        if !wanted.internet {
            // Left out where it is allowed: other services may not know the field.
            body["allow_internet_access"] = false.into();
        }
        let reply = self.call_with(Method::POST, "/sandboxes", body).await?;
        if !reply.status().is_success() {
            return Err(E2bError::of_create(&reply));
        }
        match (Sandbox::read(&reply), read_id(&reply)) {
            // Nobody may be led there, so nobody would end it.
            (Err(E2bError::UnexpectedReply { what }), Some(id)) => {
                let _ = self.delete(&id).await;
                Err(E2bError::Unusable { what })
            }
            (read, _) => read,
        }
    }
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::*;
    use crate::control::testing::with;
    use crate::{Endpoint, EnvdVersion};

    fn wanted() -> CreateSandbox {
        CreateSandbox {
            template: "base".into(),
            life_seconds: 300,
            metadata: [("run".into(), "7".into())].into(),
            env_vars: [("PASSWORD".into(), "hunter2".into())].into(),
            internet: true,
        }
    }

    #[test]
    fn a_sandbox_is_created_secured_with_its_marks_and_its_life() {
        let answer = r#"{"sandboxID":"i01","templateID":"rki5","clientID":"x","envdVersion":"0.9.1","envdAccessToken":"abcdef0123456789"}"#;
        let script = Script::new().reply(201, answer);
        let sandbox = with(&script, async |control| control.create(&wanted()).await).unwrap();
        assert_eq!(sandbox.id.as_str(), "i01");
        assert_eq!(sandbox.envd_version, EnvdVersion::new(0, 9, 1));
        assert_eq!(sandbox.ends_at, None);
        let access = sandbox.envd(&Endpoint::cloud(), None);
        assert_eq!(access.url, "https://49983-i01.e2b.app");
        assert_eq!(access.token.unwrap().expose(), "abcdef0123456789");
        assert_eq!(
            script.written(),
            [concat!(
                "POST https://api.e2b.app/sandboxes\naccept: application/json\n",
                "content-type: application/json\nx-api-key: test-key\n\n",
                r#"{"templateID":"base","timeout":300,"metadata":{"run":"7"},"#,
                r#""envVars":{"PASSWORD":"hunter2"},"secure":true}"#
            )]
        );
    }

    #[test]
    fn a_sandbox_may_be_kept_from_the_internet() {
        let answer = r#"{"sandboxID":"i01","templateID":"t","clientID":"x","envdVersion":"0.9.1"}"#;
        let script = Script::new().reply(201, answer);
        let wanted = CreateSandbox {
            internet: false,
            ..wanted()
        };
        with(&script, async |control| control.create(&wanted).await).unwrap();
        let body = String::from_utf8_lossy(script.requests()[0].body()).into_owned();
        assert!(
            body.ends_with(r#""secure":true,"allow_internet_access":false}"#),
            "{body}"
        );
    }

    #[test]
    fn the_domain_of_the_answer_wins() {
        let answer = r#"{"sandboxID":"ns--box","templateID":"t","envdVersion":"0.2.10","domain":"boxes.test","envdAccessToken":null}"#;
        let script = Script::new().reply(201, answer);
        let sandbox = with(&script, async |control| control.create(&wanted()).await).unwrap();
        assert_eq!(
            sandbox.envd(&Endpoint::cloud(), None).url,
            "https://49983-ns--box.boxes.test"
        );
        assert_eq!(sandbox.access_token, None);
    }

    #[test]
    fn a_sandbox_that_nobody_may_be_led_to_is_ended() {
        let answer = r#"{"sandboxID":"i01","templateID":"t","envdVersion":"0.9.1","domain":"thief.test/x?"}"#;
        let script = Script::new().reply(201, answer).reply(204, "");
        let error = with(&script, async |control| control.create(&wanted()).await).unwrap_err();
        assert!(matches!(error, E2bError::Unusable { .. }), "{error}");
        assert!(script.written()[1].starts_with("DELETE https://api.e2b.app/sandboxes/i01\n"));
    }

    #[test]
    fn an_answer_that_would_lead_astray_is_refused() {
        for answer in [
            r#"{"sandboxID":"a/../b","templateID":"t","envdVersion":"0.9.1"}"#,
            r#"{"templateID":"t"}"#,
            "[]",
            "<html></html>",
        ] {
            let script = Script::new().reply(201, answer);
            let error = with(&script, async |control| control.create(&wanted()).await).unwrap_err();
            assert!(
                matches!(error, E2bError::UnexpectedReply { .. }),
                "{answer}: {error}"
            );
        }
    }

    #[test]
    fn a_missing_template_is_told_as_such() {
        let script = Script::new().reply(404, r#"{"code":404,"message":"template 'x' not found"}"#);
        let error = with(&script, async |control| control.create(&wanted()).await).unwrap_err();
        assert_eq!(
            error,
            E2bError::TemplateMissing {
                message: "template 'x' not found".into()
            }
        );
    }

    #[test]
    fn debug_keeps_the_values_of_the_environment() {
        assert!(!format!("{:?}", wanted()).contains("hunter2"));
    }
}
