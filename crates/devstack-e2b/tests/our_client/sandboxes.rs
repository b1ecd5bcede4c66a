//! Cases of the control plane.

use std::time::Duration;

use devstack_e2b::Service;
use e2b::{ApiKey, Control, E2bError, EnvdError};
use transport::{Http, HttpError, NativeHttp};

use super::client::{Client, marks, now_ms, wanted};

pub(crate) async fn the_sandbox_is_told_as_it_was_made(client: &Client) {
    let control = client.control();
    assert!(control.check_key().await.is_ok());
    let made = client.sandbox("told").await;
    let listed = client.listed(&made.id).await.unwrap();
    assert_eq!(listed.metadata, marks("told"));
    assert_eq!((&*listed.template, listed.paused), ("base", false));
    let life = listed.ends_at - listed.started_at;
    assert!((118_000..=122_000).contains(&life), "its life is {life} ms");
    let left = listed.left_ms.unwrap();
    assert!((110_000..=121_000).contains(&left), "{left} ms left");
    let got = control.get(&made.id).await.unwrap();
    assert_eq!(
        (got.id.clone(), got.ends_at),
        (made.id.clone(), Some(listed.ends_at))
    );
    assert_eq!(client.envd(&got).health().await, Ok(()));
    let templates = control.templates().await.unwrap().unwrap();
    let is_base = |it: &e2b::Template| it.name.as_deref() == Some("base");
    assert!(templates.iter().any(is_base));
    client.end(&made).await;
}

/// Has every page hold one sandbox: nobody makes the hundred and one that a full page takes.
struct SmallPages<'a>(&'a NativeHttp);

impl SmallPages<'_> {
    fn small(request: http::Request<bytes::Bytes>) -> http::Request<bytes::Bytes> {
        let (mut head, body) = request.into_parts();
        let uri = head.uri.to_string();
        assert!(uri.contains("limit=100"), "{uri}");
        head.uri = uri.replace("limit=100", "limit=1").parse().unwrap();
        http::Request::from_parts(head, body)
    }
}

impl Http for SmallPages<'_> {
    type Body = <NativeHttp as Http>::Body;

    async fn send(
        &self,
        request: http::Request<bytes::Bytes>,
    ) -> Result<http::Response<bytes::Bytes>, HttpError> {
        self.0.send(Self::small(request)).await
    }

    async fn open(
        &self,
        request: http::Request<bytes::Bytes>,
    ) -> Result<http::Response<Self::Body>, HttpError> {
        self.0.open(Self::small(request)).await
    }
}

pub(crate) async fn sandboxes_are_listed_by_metadata_in_pages(client: &Client) {
    let control = client.control();
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(client.sandbox("pages").await);
    }
    let pages = SmallPages(&client.http);
    let paged = Control::new(&pages, &client.endpoint, &client.key);
    let found = paged.list_with(&marks("pages")).await.unwrap();
    let mut found: Vec<_> = found.into_iter().map(|it| it.id).collect();
    let mut ids: Vec<_> = made.iter().map(|it| it.id.clone()).collect();
    found.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    ids.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    assert_eq!(found, ids);
    assert_eq!(control.find_by_metadata(&marks("nobody")).await, Ok(None));
    for sandbox in &made {
        client.end(sandbox).await;
        // Whoever asks again hears no error.
        client.end(sandbox).await;
    }
    assert_eq!(control.find_by_metadata(&marks("pages")).await, Ok(None));
}

pub(crate) async fn the_timeout_is_set_longer_and_shorter(client: &Client) {
    let control = client.control();
    let made = client.sandbox("timeout").await;
    let before = client.listed(&made.id).await.unwrap();
    // Whoever asks for less keeps what there is.
    let kept = control.extend(&made.id, 30, now_ms()).await.unwrap();
    assert_eq!(kept.ends_at, Some(before.ends_at));
    let longer = control.extend(&made.id, 600, now_ms()).await.unwrap();
    assert!(longer.ends_at.unwrap() > now_ms() + 590_000);
    // Another window moved it on further; what this one knows is stale.
    control.extend(&made.id, 1_200, now_ms()).await.unwrap();
    let kept = control.extend(&made.id, 300, now_ms()).await.unwrap();
    assert!(kept.ends_at.unwrap() > now_ms() + 1_100_000);
    if client.service == Service::E2b {
        // As long as the plan allows, from the start; the service says nothing of the rest.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let cut = control.extend(&made.id, 3_600, now_ms()).await.unwrap();
        assert_eq!(cut.ends_at, Some(before.started_at + 3_600_000));
    }
    control.set_life(&made.id, 300).await.unwrap();
    let left = client.listed(&made.id).await.unwrap().left_ms.unwrap();
    assert!((290_000..=301_000).contains(&left), "{left} ms left");
    client.end(&made).await;
}

pub(crate) async fn a_sandbox_ends_when_its_time_is_over(client: &Client) {
    let mut short = wanted("short");
    short.life_seconds = 1;
    let made = client.control().create(&short).await;
    if client.service == Service::OpenKruise {
        // Nothing lives for less than half a minute there, and it says so.
        let Err(E2bError::LifeTooLong { message }) = made else {
            panic!("{made:?}");
        };
        assert!(message.contains("between 30 and"), "{message}");
        return;
    }
    let made = made.unwrap();
    let envd = client.envd(&made);
    assert_eq!(envd.health().await, Ok(()));
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(envd.health().await, Err(EnvdError::SandboxGone));
    let read = envd.read_file("/etc/hostname").await;
    assert_eq!(read, Err(EnvdError::SandboxGone));
    assert_eq!(client.listed(&made.id).await, None);
    let woken = client.control().connect(&made.id, 120).await;
    assert!(matches!(woken, Err(E2bError::NotFound { .. })), "{woken:?}");
}

pub(crate) async fn a_missing_template_and_a_wrong_key_are_refused(client: &Client) {
    let mut none = wanted("none");
    none.template = "python-3.13".to_owned();
    assert!(matches!(
        client.control().create(&none).await,
        Err(E2bError::TemplateMissing { .. })
    ));
    // OpenKruise was set up without accounts and takes any.
    if client.service == Service::E2b {
        let unknown = ApiKey::parse(&format!("e2b_{}", "ff".repeat(20))).unwrap();
        let control = Control::new(&client.http, &client.endpoint, &unknown);
        assert_eq!(control.check_key().await, Err(E2bError::InvalidKey));
    }
}

pub(crate) async fn a_sandbox_is_paused_and_goes_on_where_it_was(client: &Client) {
    let control = client.control();
    let made = client.sandbox("paused").await;
    let kept = vec![("~/kept".to_owned(), bytes::Bytes::from("kept"))];
    client.envd(&made).write_files(kept).await.unwrap();
    control.pause(&made.id).await.unwrap();
    control.pause(&made.id).await.unwrap();
    assert!(client.listed(&made.id).await.unwrap().paused);
    assert_eq!(
        client.envd(&made).health().await,
        Err(EnvdError::SandboxGone),
        "one that sleeps answers nothing"
    );
    let woken = control.connect(&made.id, 120).await.unwrap();
    assert_eq!(woken.id, made.id);
    let read = client.envd(&woken).read_file("/home/user/kept").await;
    assert_eq!(read.unwrap(), "kept");
    client.end(&made).await;
}

pub(crate) async fn metrics_are_told(client: &Client) {
    let made = client.sandbox("metrics").await;
    let metrics = client.control().metrics(&made.id).await.unwrap();
    match client.service {
        Service::E2b => {
            let told = metrics.unwrap()[0];
            assert!(told.cpu_count > 0 && told.mem_total > 0 && told.disk_total > 0);
        }
        Service::OpenKruise => assert_eq!(metrics, None),
    }
    assert!(client.envd(&made).usage().await.unwrap().mem_total > 0);
    client.end(&made).await;
}
