//! The e2b part of the dev stack alone, on plain HTTP at loopback, for trying clients by hand:
//!
//! `cargo run -p devstack-e2b --bin e2b-stack -- [--python PATH] [--uv PATH] [--state DIR]`
//!
//! Prints one JSON line with the three base URLs, a good and a blocked key; ends with Ctrl-C.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use devstack_e2b::{E2b, E2bOptions, envd_main};
use tokio::net::TcpListener;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1).peekable();
    if args.peek().is_some_and(|first| first == "envd") {
        return envd_main(args.skip(1));
    }
    let served = tokio::runtime::Runtime::new()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(serve(args)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(mut args: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let (mut python, mut uv, mut state) = (
        None,
        None,
        std::env::temp_dir().join(format!("e2b-stack-{}", std::process::id())),
    );
    while let Some(name) = args.next() {
        let value = args
            .next()
            .map(PathBuf::from)
            .ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--python" => python = Some(value),
            "--uv" => uv = Some(value),
            "--state" => state = value,
            _ => return Err(format!("no such option: {name}").into()),
        }
    }
    // Keys are made here, so that nothing in the repository looks like one.
    let (good, blocked) = (
        format!("e2b_{}", "0d".repeat(20)),
        format!("e2b_{}", "bd".repeat(20)),
    );
    std::fs::create_dir_all(&state)?;
    let ca_file = state.join("ca.pem");
    std::fs::write(&ca_file, "")?;
    let stack = E2b::new(E2bOptions {
        state_dir: state.clone(),
        envd_binary: std::env::current_exe()?,
        api_keys: vec![good.clone()],
        blocked_keys: vec![blocked.clone()],
        extra_env: BTreeMap::new(),
        ca_file,
        python,
        uv,
        service: devstack_e2b::Service::E2b,
        domain: "e2b.app".into(),
    });
    let mut urls = Vec::new();
    for router in [
        stack.api_router(),
        stack.gateway_router(),
        stack.control_router(),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        urls.push(format!("http://{}", listener.local_addr()?));
        tokio::spawn(async move { axum::serve(listener, router).await });
    }
    let line = serde_json::json!({
        "e2b": { "api_url": urls[0], "sandbox_url": urls[1], "control_url": urls[2], "api_key": good, "blocked_key": blocked },
        "ca_file": null,
    });
    #[expect(clippy::print_stdout, reason = "the line is what the caller waits for")]
    {
        println!("{line}");
    }
    tokio::signal::ctrl_c().await?;
    stack.shutdown().await;
    std::fs::remove_dir_all(state)?;
    Ok(())
}
