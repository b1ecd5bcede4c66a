//! `devstack`: starts the stack in the foreground and announces it in one line of JSON.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use devstack::{Announcement, Stack, StackOptions};
use tokio::io::AsyncReadExt;
use tokio::signal::unix::{SignalKind, signal};

/// Stands in for Keboola and e2b on loopback TLS, until SIGINT or SIGTERM.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// What the stack holds; a small built-in seed when absent.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Port of the TLS listener; a free one when 0.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Folder for files and sandboxes; a temporary one, removed at the end, when absent.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Wheels and source archives that sandboxes can install.
    #[arg(long, value_name = "DIR")]
    wheels: Option<PathBuf>,
    /// Python interpreter for sandboxes.
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// uv for sandboxes.
    #[arg(long, value_name = "PATH")]
    uv: Option<PathBuf>,
    /// azurite-blob of the npm package azurite, for files on Azure.
    #[arg(long, value_name = "PATH")]
    azurite: Option<PathBuf>,
    /// Also end when standard input is closed, so that the stack does not outlive its parent.
    #[arg(long)]
    exit_with_stdin: bool,
    /// Also list the pages, token and key for a person, on standard error.
    #[arg(long)]
    demo: bool,
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() == Some("envd") {
        return devstack_e2b::envd_main(words);
    }
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let ended = runtime.block_on(run(arguments));
    // The thread that reads standard input may wait for ever.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&*error),
    }
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("devstack: {error}");
    ExitCode::FAILURE
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    // Listened for before the start, so that an early signal still cleans up.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stack = Stack::start(StackOptions {
        seed: arguments.seed,
        port: arguments.port,
        state: arguments.state,
        wheels: arguments.wheels,
        python: arguments.python,
        uv: arguments.uv,
        azurite: arguments.azurite,
        envd: std::env::current_exe()?,
    })
    .await?;
    let line = serde_json::to_string(stack.announcement())?;
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    out.flush()?;
    if arguments.demo {
        tell(stack.announcement());
    }
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = stdin_closed(), if arguments.exit_with_stdin => {}
    }
    stack.stop().await;
    Ok(())
}

async fn stdin_closed() {
    let mut stdin = tokio::io::stdin();
    let mut buffer = [0; 256];
    while matches!(stdin.read(&mut buffer).await, Ok(read) if read > 0) {}
}

fn tell(announcement: &Announcement) {
    eprintln!("\nThe dev stack is up. Start Chromium with");
    eprintln!(
        "  --host-resolver-rules=\"{}\"",
        announcement.host_resolver_rules
    );
    eprintln!(
        "  --ignore-certificate-errors-spki-list={}",
        announcement.ca_spki_sha256
    );
    eprintln!("Storage token  {}", announcement.keboola.token);
    eprintln!("e2b key        {}", announcement.e2b.api_key);
    for (name, url) in &announcement.pages {
        eprintln!("  {name:<18} {url}");
    }
    let keboola = &announcement.keboola;
    for (cloud, told) in [("Azure", &keboola.azure), ("Google", &keboola.gcp)] {
        let Some(told) = told else { continue };
        eprintln!("Storage token on {cloud}  {}", told.token);
        for (name, url) in &told.pages {
            eprintln!("  {name:<18} {url}");
        }
    }
}
