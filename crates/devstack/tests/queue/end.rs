//! Jobs that somebody ends, and jobs that wait for each other.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::stand::{Stand, id};

/// Whether a process with this word in its command is on this computer.
fn is_alive(word: &str) -> bool {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    all.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .any(|line| String::from_utf8_lossy(&line).contains(word))
}

/// A script that goes on for long, in a process of its own that holds nothing of its output, too.
fn sleeps(word: &str) -> String {
    format!(
        "import subprocess, sys, time\n\
         subprocess.Popen(['sleep', '{word}'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n\
         open('/data/out/tables/t.csv', 'w').write('a\\n')\n\
         print('begun', flush=True)\n\
         time.sleep({word})\n"
    )
}

#[tokio::test]
async fn a_job_that_runs_is_terminated_with_all_its_processes() {
    let stand = Stand::open().await;
    let word = format!("98{}", std::process::id());
    stand.script("k", &sleeps(&word)).await;
    let job = stand.start("k").await;
    stand.heard(&job, "begun").await;
    assert!(is_alive(&word));
    let (status, answer) = stand.kill(&job).await;
    assert_eq!(status, 202, "{answer}");
    assert_eq!(
        (
            &answer["status"],
            &answer["desiredStatus"],
            &answer["isFinished"]
        ),
        (&json!("terminating"), &json!("terminating"), &json!(false))
    );
    // A second time there is nothing to end.
    let (status, refused) = stand.kill(&job).await;
    assert_eq!((status, &refused["code"]), (400, &json!(400)));
    let job = stand.until(&job, "terminated").await;
    assert!(!is_alive(&word));
    assert_eq!(job["isFinished"], true);
    assert!(job["endTime"].is_string());
    assert_eq!(stand.kill(&job).await.0, 400);
    assert!(!stand.has_table("in.c-kds-team-app-custom-python-k.t").await);
}

#[tokio::test]
async fn a_job_that_has_not_begun_is_cancelled_and_those_behind_keep_their_turn() {
    let stand = Stand::open().await;
    stand.script("w", &sleeps("60")).await;
    let first = stand.start("w").await;
    stand.heard(&first, "begun").await;
    let second = stand.start("w").await;
    let third = stand.start("w").await;
    stand.until(&second, "waiting").await;
    stand.until(&third, "waiting").await;
    let (status, answer) = stand.kill(&second).await;
    assert_eq!((status, &answer["status"]), (202, &json!("cancelled")));
    let cancelled = stand.job(&second).await;
    assert_eq!(
        (
            &cancelled["isFinished"],
            &cancelled["startTime"],
            &cancelled["result"]
        ),
        (&json!(true), &Value::Null, &json!([]))
    );
    // The first one still runs, so the third one still waits.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(stand.job(&third).await["status"], "waiting");
    stand.kill(&first).await;
    stand.heard(&third, "begun").await;
    stand.kill(&third).await;
    stand.until(&third, "terminated").await;
    assert!(stand.events(&second).await.is_empty());
}

#[tokio::test]
async fn a_job_that_never_starts_stays_created_until_it_is_cancelled() {
    let stand = Stand::open().await;
    stand.script("n", "print('here')").await;
    stand.start_delay(600_000).await;
    let job = stand.start("n").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(stand.job(&job).await["status"], "created");
    let path = format!("/jobs/{}/kill", id(&job));
    stand.control(Method::POST, &path, None).await;
    assert_eq!(stand.job(&job).await["status"], "cancelled");
    stand.start_delay(0).await;
    assert_eq!(stand.run("n").await["status"], "success");
    let told = stand
        .control(Method::GET, "/configurations/n/jobs", None)
        .await;
    let statuses: Vec<&Value> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["status"])
        .collect();
    assert_eq!(statuses, ["success", "cancelled"]);
}

#[tokio::test]
async fn jobs_of_one_configuration_run_one_at_a_time_and_others_beside_them() {
    let stand = Stand::open().await;
    let code = "import time\ntime.sleep(0.4)";
    for id in ["a", "b"] {
        stand.script(id, code).await;
    }
    for id in ["a", "a", "b", "a"] {
        stand.start(id).await;
    }
    let mut both = false;
    loop {
        // All at one moment.
        let (_, now) = stand
            .queue(Method::GET, "search/jobs", stand.token(), None)
            .await;
        let now = now.as_array().unwrap();
        let running = |id: &str| {
            let is = |job: &&Value| job["config"] == id && job["status"] == "processing";
            now.iter().filter(is).count()
        };
        assert!(running("a") <= 1, "{now:?}");
        both |= running("a") == 1 && running("b") == 1;
        if now.iter().all(|job| job["isFinished"] == true) {
            assert!(now.iter().all(|job| job["status"] == "success"), "{now:?}");
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(both, "the other configuration had to wait");
}

#[tokio::test]
async fn the_end_of_the_stack_ends_its_jobs() {
    let stand = Stand::open().await;
    let word = format!("97{}", std::process::id());
    stand.script("e", &sleeps(&word)).await;
    let job = stand.start("e").await;
    stand.heard(&job, "begun").await;
    stand.stack.stop().await;
    assert!(!is_alive(&word));
}
