//! What a job says, while it says it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::stand::{COMPONENT, Stand, id};

#[tokio::test]
async fn events_are_there_while_the_job_runs() {
    let stand = Stand::open().await;
    let code = "import sys, time\n\
                print('line one')\n\
                time.sleep(0.2)\n\
                print('line two', file=sys.stderr)\n\
                print('half a line', end='', flush=True)\n\
                time.sleep(1)\n\
                print(', and its end')\n\n\
                print('   ')\n\
                sys.stdout.buffer.write(b'\\xff raw\\n')\n";
    stand.script("l", code).await;
    let job = stand.start("l").await;
    stand.heard(&job, "line one").await;
    stand.heard(&job, "line two").await;
    assert_eq!(stand.job(&job).await["status"], "processing");
    let job = stand.ended(&job).await;
    let events = stand.events(&job).await;
    let told: Vec<(&str, &str)> = events
        .iter()
        .map(|(kind, text)| (&**kind, &**text))
        .collect();
    assert_eq!(
        told,
        [
            (
                "info",
                "Running component kds-team.app-custom-python (row 1 of 1)"
            ),
            ("info", "line one"),
            ("error", "line two"),
            ("info", "half a line, and its end"),
            ("info", "\u{fffd} raw"),
            ("success", "Component processing finished."),
        ]
    );
}

#[tokio::test]
async fn an_event_says_whose_it_is_and_a_long_one_is_whole_in_its_description() {
    let stand = Stand::open().await;
    stand.script("e", "print('x' * 5000)\nprint('short')").await;
    let job = stand.run("e").await;
    let path = format!("branch/default/events?runId={}&limit=2&maxId=", id(&job));
    let all = stand.get(&format!("events?runId={}", id(&job))).await;
    let last = all[0]["uuid"].as_str().unwrap();
    let two = stand.get(&format!("{path}{last}")).await;
    let (short, long) = (&two[0], &two[1]);
    assert_eq!(short["message"], "short");
    assert_eq!(long["message"], format!("{}...", "x".repeat(4000)));
    assert_eq!(long["description"], "x".repeat(5000));
    for (field, wanted) in [
        ("component", json!(COMPONENT)),
        ("configurationId", json!("e")),
        ("runId", job["runId"].clone()),
        ("type", json!("info")),
        ("description", json!("")),
        ("params", json!([])),
        ("results", json!([])),
        ("performance", json!([])),
        ("attachments", json!([])),
    ] {
        assert_eq!(short[field], wanted, "{field} of {short}");
    }
    assert_eq!(short["token"]["name"], "Dev stack: full");
    assert!(short["id"].is_u64() && short["uuid"].as_str().unwrap().len() == 36);
    assert!(short["created"].as_str().unwrap().ends_with("+0000"));
}

#[tokio::test]
async fn a_range_of_events_is_named_by_its_neighbours() {
    let stand = Stand::open().await;
    stand.script("r", "for n in range(5): print(n)").await;
    let job = stand.run("r").await;
    let run = format!("events?runId={}", id(&job));
    let all = stand.get(&run).await;
    let all = all.as_array().unwrap();
    // Newest first: the end, 4, 3, 2, 1, 0, the start.
    assert_eq!(all.len(), 7);
    let name = |at: usize, by: &str| match &all[at][by] {
        Value::String(text) => text.clone(),
        number => number.to_string(),
    };
    for (query, wanted) in [
        (format!("sinceId={}", name(3, "uuid")), vec![0, 1, 2]),
        (format!("sinceId={}", name(3, "id")), vec![0, 1, 2]),
        (format!("maxId={}", name(3, "uuid")), vec![4, 5, 6]),
        (
            format!("sinceId={}&maxId={}", name(5, "id"), name(1, "uuid")),
            vec![2, 3, 4],
        ),
        (format!("sinceId={}", name(0, "id")), vec![]),
        ("limit=2".to_owned(), vec![0, 1]),
        ("limit=2&sortOrder=asc".to_owned(), vec![6, 5]),
        (
            format!("sinceId={}&limit=1&sortOrder=asc", name(3, "id")),
            vec![2],
        ),
    ] {
        let told = stand.get(&format!("{run}&{query}")).await;
        let wanted: Vec<&Value> = wanted.iter().map(|at: &usize| &all[*at]).collect();
        assert_eq!(
            told.as_array().unwrap().iter().collect::<Vec<_>>(),
            wanted,
            "{query}"
        );
    }
    let token = stand.token();
    for query in ["limit=10001", "sortOrder=up", "q=x"] {
        let (status, answer) = stand
            .storage(Method::GET, &format!("events?{query}"), token, None)
            .await;
        assert_eq!(
            (status, &answer["code"]),
            (400, &json!("storage.events.validation"))
        );
    }
}

#[tokio::test]
async fn a_limited_token_sees_its_own_events_alone() {
    let stand = Stand::open().await;
    let rights = json!({"componentAccess": [COMPONENT]});
    let made = stand
        .seed(json!({"tokens": [{"name": "other", "rights": rights}]}))
        .await;
    let other = made["tokens"]["other"].as_str().unwrap();
    stand.script("v", "print('said')").await;
    let job = stand.run("v").await;
    let path = format!("events?runId={}", id(&job));
    let keboola = &stand.told().keboola;
    for (token, seen) in [(&*keboola.token, 3), (&keboola.master_token, 3), (other, 0)] {
        let (status, all) = stand.storage(Method::GET, &path, token, None).await;
        assert_eq!((status, all.as_array().unwrap().len()), (200, seen));
    }
}
