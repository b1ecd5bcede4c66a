//! Records in IndexedDB.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // the functions here are the tests' own

use wasm_bindgen_test::*;
use webext::records::Records;

wasm_bindgen_test_configure!(run_in_browser);

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()))
        .collect()
}

#[wasm_bindgen_test]
async fn records_are_kept_replaced_found_by_prefix_and_dropped() {
    let records = Records::open("records-test").await.unwrap();
    records.remove(&[""]).await.unwrap();
    for (key, text) in [
        ("a/2", "two"),
        ("a/1", "one"),
        ("b/1", "other"),
        ("a/2", "2"),
    ] {
        records.put(key, text).await.unwrap();
    }
    // Another connection sees the same.
    let records = Records::open("records-test").await.unwrap();
    let found = records.all("a/").await.unwrap();
    assert_eq!(found, pairs(&[("a/1", "one"), ("a/2", "2")]));
    records.remove(&["a/", "c/"]).await.unwrap();
    assert_eq!(records.all("").await.unwrap(), pairs(&[("b/1", "other")]));
}

#[wasm_bindgen_test]
async fn what_is_asked_for_together_is_done_in_order() {
    let records = Records::open("records-together").await.unwrap();
    records.remove(&[""]).await.unwrap();
    let keys: Vec<String> = (0..700).map(|at| format!("a/{at:03}")).collect();
    let puts = keys.iter().map(|key| records.put(key, "kept"));
    let all = futures::future::join_all(puts);
    let (puts, dropped, last) = futures::join!(
        all,
        records.remove(&["a/0", "a/699"]),
        records.put("a/699", "again")
    );
    assert!(puts.iter().all(Result::is_ok));
    assert!(dropped.is_ok() && last.is_ok());
    let found = records.all("a/").await.unwrap();
    assert_eq!(found.len(), 600);
    assert_eq!(found[0], ("a/100".to_owned(), "kept".to_owned()));
    assert_eq!(found[599], ("a/699".to_owned(), "again".to_owned()));
}
