//! The list of jobs.

use reqwest::Method;
use serde_json::{Value, json};

use crate::stand::{COMPONENT, Stand, id};

#[tokio::test]
async fn jobs_are_found_by_what_they_are_of_the_newest_first() {
    let stand = Stand::open().await;
    stand.script("good", "pass").await;
    stand.script("bad", "raise SystemExit(1)").await;
    let branch = json!({"component": COMPONENT, "config": "good", "branchId": "901"});
    let mut ids = Vec::new();
    for asked in [
        json!({"component": COMPONENT, "config": "good"}),
        json!({"component": COMPONENT, "config": "bad"}),
        branch,
        json!({"component": COMPONENT, "config": "good", "mode": "debug"}),
    ] {
        let job = stand.start_with(asked).await;
        stand.ended(&job).await;
        ids.push(id(&job).to_owned());
    }
    for (query, found) in [
        ("", vec![3, 2, 1, 0]),
        ("component=kds-team.app-custom-python", vec![3, 2, 1, 0]),
        ("component=keboola.other", vec![]),
        ("config=good", vec![3, 2, 0]),
        ("config[]=good&config[]=bad&limit=2", vec![3, 2]),
        ("config%5B%5D=bad", vec![1]),
        ("status=error", vec![1]),
        ("status[]=error&status[]=success", vec![3, 2, 1, 0]),
        ("status=waiting", vec![]),
        ("branchId=901", vec![2]),
        ("branchId=default", vec![3, 1, 0]),
        ("config=good&limit=1&offset=1", vec![2]),
        ("sortBy=id&sortOrder=asc", vec![0, 1, 2, 3]),
        ("sortBy=createdTime&sortOrder=desc", vec![3, 2, 1, 0]),
    ] {
        let path = format!("search/jobs?{query}");
        let (status, answer) = stand.queue(Method::GET, &path, stand.token(), None).await;
        assert_eq!(status, 200, "{query}: {answer}");
        let told: Vec<&str> = answer.as_array().unwrap().iter().map(id).collect();
        let wanted: Vec<&str> = found.iter().map(|at: &usize| ids[*at].as_str()).collect();
        assert_eq!(told, wanted, "{query}");
    }
    let (_, all) = stand
        .queue(Method::GET, "search/jobs?config=bad", stand.token(), None)
        .await;
    assert_eq!(all[0], stand.job(&all[0]).await);
    for query in [
        "limit=501",
        "limit=0",
        "sortBy=mood",
        "sortOrder=up",
        "status=tired",
        "mood=1",
    ] {
        let path = format!("search/jobs?{query}");
        let (status, answer) = stand.queue(Method::GET, &path, stand.token(), None).await;
        assert_eq!((status, &answer["code"]), (400, &json!(400)), "{query}");
    }
    // Another project has its own.
    let foreign = &stand.told().keboola.foreign_token;
    let (status, all) = stand.queue(Method::GET, "search/jobs", foreign, None).await;
    assert_eq!((status, all), (200, Value::Array(Vec::new())));
}
