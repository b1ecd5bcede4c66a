//! Our client, and the service that it speaks to.

use std::collections::BTreeMap;

use devstack_e2b::Service;
use e2b::{
    ApiKey, Control, CreateSandbox, Endpoint, Envd, ListedSandbox, Profile, Sandbox, SandboxId,
};
use transport::NativeHttp;

use super::support::TestStack;

/// E2B's cloud, and OpenKruise with its old envd, by path.
pub(crate) const BOTH: [Service; 2] = [Service::E2b, Service::OpenKruise];

/// A service, and how our client reaches it.
pub(crate) struct Client {
    pub(crate) service: Service,
    /// `None` for the one that the official clients were pointed at, too.
    pub(crate) stack: Option<TestStack>,
    pub(crate) endpoint: Endpoint,
    pub(crate) key: ApiKey,
    pub(crate) http: NativeHttp,
}

/// The environment's answer to where the official clients go (tests/conformance/README.md).
struct Announced {
    api_url: String,
    sandbox_url: String,
    api_key: String,
    authority: Vec<u8>,
}

impl Announced {
    /// `None` where `DEVSTACK` is not a file with the line of a dev stack.
    fn read() -> Option<Self> {
        let file = std::fs::read(std::env::var_os("DEVSTACK")?).unwrap();
        let line: serde_json::Value = serde_json::from_slice(&file).ok()?;
        let text = |name: &str| line["e2b"][name].as_str().unwrap().to_owned();
        let authority = line["ca_file"].as_str().map(std::fs::read);
        Some(Self {
            api_url: text("api_url"),
            sandbox_url: text("sandbox_url"),
            api_key: text("api_key"),
            authority: authority.map(Result::unwrap).unwrap_or_default(),
        })
    }
}

impl Client {
    /// The service that the official clients speak to as well, where there is one.
    pub(crate) async fn of(service: Service) -> Self {
        match Announced::read().filter(|_| service == Service::E2b) {
            None => Self::alone(service).await,
            Some(announced) => Self {
                service,
                stack: None,
                endpoint: Endpoint::of(&Profile::FixedBase {
                    api_url: announced.api_url,
                    sandbox_url: announced.sandbox_url,
                })
                .unwrap(),
                key: ApiKey::parse(&announced.api_key).unwrap(),
                http: NativeHttp::builder()
                    .trust(&announced.authority)
                    .unwrap()
                    .build()
                    .unwrap(),
            },
        }
    }

    /// A service of its own.
    pub(crate) async fn alone(service: Service) -> Self {
        let stack = TestStack::start_as(service).await;
        let profile = match service {
            Service::E2b => Profile::FixedBase {
                api_url: stack.api.clone(),
                sandbox_url: stack.gateway.clone(),
            },
            Service::OpenKruise => Profile::Custom {
                api_url: format!("{}/kruise/api", stack.one_host),
                sandbox_url: format!("{}/kruise/{{id}}/{{port}}", stack.one_host),
                domain: String::new(),
                routing_headers: false,
            },
        };
        Self {
            service,
            endpoint: Endpoint::of(&profile).unwrap(),
            key: ApiKey::parse(&stack.key).unwrap(),
            http: NativeHttp::new().unwrap(),
            stack: Some(stack),
        }
    }

    pub(crate) async fn stop(self) {
        if let Some(stack) = self.stack {
            stack.stop().await;
        }
    }

    pub(crate) fn control(&self) -> Control<'_, NativeHttp> {
        Control::new(&self.http, &self.endpoint, &self.key)
    }

    pub(crate) fn envd(&self, sandbox: &Sandbox) -> Envd<'_, NativeHttp> {
        Envd::new(&self.http, sandbox.envd(&self.endpoint, None))
    }

    pub(crate) fn envd_as(&self, sandbox: &Sandbox, user: &str) -> Envd<'_, NativeHttp> {
        Envd::new(
            &self.http,
            sandbox.envd(&self.endpoint, Some(user.to_owned())),
        )
    }

    pub(crate) async fn sandbox(&self, mark: &str) -> Sandbox {
        self.control().create(&wanted(mark)).await.unwrap()
    }

    /// What the list tells of one; others may use the same service.
    pub(crate) async fn listed(&self, id: &SandboxId) -> Option<ListedSandbox> {
        let all = self.control().list().await.unwrap();
        all.into_iter().find(|it| it.id == *id)
    }

    pub(crate) async fn end(&self, sandbox: &Sandbox) {
        self.control().delete(&sandbox.id).await.unwrap();
    }
}

pub(crate) fn wanted(mark: &str) -> CreateSandbox {
    CreateSandbox {
        template: "base".to_owned(),
        life_seconds: 120,
        metadata: marks(mark),
        env_vars: [("GLOBAL".to_owned(), "everywhere".to_owned())].into(),
        internet: true,
    }
}

/// Marks of this test alone, with letters that need escapes.
pub(crate) fn marks(mark: &str) -> BTreeMap<String, String> {
    let own = format!("{mark}=d e {}", std::process::id());
    [("a&b".to_owned(), own)].into()
}

pub(crate) fn now_ms() -> u64 {
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}
