//! The service that sandboxes come from: which one is in force, and changing it.

use e2b::{Endpoint, Profile, SandboxId};
use messages::engine::DropSandboxes;
use messages::worker::{DescribeService, Service, StoreService};
use messages::{Problem, ProblemCode};
use webext::{calls, permissions};

use crate::account::Account;
use crate::{engine, settings};

/// Where the profile is kept; nothing of it is secret.
const KEY: &str = "service";

/// Where the service in force lives.
pub(crate) async fn endpoint() -> Result<Endpoint, Problem> {
    // What this version cannot use any more must not lead a key to the cloud instead.
    endpoint_of(&profile().await?)
}

/// The service in force.
pub(crate) async fn read() -> Result<Service, Problem> {
    described(profile().await?).await
}

/// What a profile comes to.
pub(crate) async fn describe(call: &DescribeService) -> Result<Service, Problem> {
    described(call.profile.clone()).await
}

/// Makes a service the one in force.
pub(crate) async fn store(call: &StoreService) -> Result<Service, Problem> {
    let service = described(call.profile.clone()).await?;
    if !service.allowed {
        let wanted = service.hosts.join(" ");
        return Err(Problem::with(ProblemCode::PermissionNeeded, wanted));
    }
    let former = profile().await?;
    if former == call.profile {
        return Ok(service);
    }
    leave().await?;
    settings::save(KEY, &call.profile).await?;
    // Hosts that nothing goes to any more; what this version cannot use has none.
    if let Ok(former) = endpoint_of(&former) {
        let former = former.hosts();
        let unused = former.iter().filter(|host| !service.hosts.contains(host));
        let unused: Vec<&str> = unused.map(String::as_str).collect();
        permissions::give_hosts_back(&unused).await;
    }
    Ok(service)
}

/// Ends what the engine keeps of the service in force: with another one in force nobody could use
/// it, and nobody would end it before its time.
async fn leave() -> Result<(), Problem> {
    if !engine::runs().await {
        return Ok(());
    }
    let kept = calls::call(&DropSandboxes {}).await?;
    if kept.is_empty() {
        return Ok(());
    }
    // Without its key, and when it does not answer, their life ends them.
    if let Ok(account) = Account::load().await {
        for id in kept.iter().filter_map(|id| SandboxId::parse(id).ok()) {
            let _ = account.control().delete(&id).await;
        }
    }
    Ok(())
}

async fn profile() -> Result<Profile, Problem> {
    Ok(settings::load(KEY).await?.unwrap_or_default())
}

async fn described(profile: Profile) -> Result<Service, Problem> {
    let endpoint = endpoint_of(&profile)?;
    let hosts = endpoint.hosts();
    let patterns: Vec<&str> = hosts.iter().map(String::as_str).collect();
    Ok(Service {
        api_url: endpoint.api_url().to_owned(),
        sandbox_url: endpoint.shown_sandbox_url(),
        allowed: permissions::contains(&patterns).await,
        hosts,
        in_clear: endpoint.is_in_clear(),
        profile,
    })
}

fn endpoint_of(profile: &Profile) -> Result<Endpoint, Problem> {
    Endpoint::of(profile).map_err(|bad| Problem::with(ProblemCode::ServiceInvalid, bad.to_string()))
}
