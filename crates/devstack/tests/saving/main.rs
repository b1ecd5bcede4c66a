//! Two writers of one configuration over the wire: our client saves while somebody else does, and
//! while answers get lost. Whatever comes of it, nobody's edit is gone without a word, and no secret
//! stands anywhere in clear.
#![expect(
    clippy::unwrap_used,
    reason = "the lint knows tests by their attribute, not what they share"
)]

mod scenario;
mod shop;
mod verdict;

use scenario::Scenario;
use shop::Shop;
use verdict::Count;

/// How many interleavings are played.
const SEEDS: u64 = 400;

#[tokio::test]
async fn no_interleaving_of_two_writers_loses_an_edit_without_a_word() {
    let shop = Shop::open().await;
    let mut count = Count::default();
    for seed in 0..SEEDS {
        let scenario = Scenario::of(seed);
        let played = shop.play(&scenario).await;
        match verdict::of(&scenario, &played) {
            Ok(ending) => count.add(ending),
            Err(wrong) => panic!("seed {seed}: {wrong}\n{scenario:#?}\n{played:#?}"),
        }
        // The verdict itself: it misses whatever is not told.
        if let Some(silent) = played.silenced() {
            let seen = verdict::of(&scenario, &silent);
            assert!(seen.is_err(), "seed {seed}: {seen:?}\n{silent:#?}");
        }
    }
    println!("{SEEDS} interleavings: {count:?}");
    // Every ending was met, so that none is passed over by the scenarios.
    assert!(count.all_met(), "{count:?}");
    shop.close().await;
}
