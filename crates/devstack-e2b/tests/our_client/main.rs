//! Our own client through the cases that the official ones go through (tests/conformance/cases.txt),
//! against the same stack: all must agree. Each also runs against OpenKruise with its old envd, by path.
//! What ours does beyond them is in `beyond.rs`.

#![allow(clippy::unwrap_used, clippy::panic)] // clippy does not see that these are tests

#[path = "../support/mod.rs"]
mod support;

mod beyond;
mod client;
mod commands;
mod files;
mod sandboxes;

use client::{BOTH, Client};

macro_rules! cases {
    ($($theme:ident { $($case:ident,)+ })+) => {
        $($(
            #[tokio::test]
            async fn $case() {
                for service in BOTH {
                    let client = Client::of(service).await;
                    $theme::$case(&client).await;
                    client.stop().await;
                }
            }
        )+)+

        const OURS: &[&str] = &[$($(stringify!($case),)+)+];
    };
}

cases! {
    sandboxes {
        the_sandbox_is_told_as_it_was_made,
        sandboxes_are_listed_by_metadata_in_pages,
        the_timeout_is_set_longer_and_shorter,
        a_sandbox_ends_when_its_time_is_over,
        a_missing_template_and_a_wrong_key_are_refused,
        a_sandbox_is_paused_and_goes_on_where_it_was,
        metrics_are_told,
    }
    files {
        files_are_written_read_and_listed,
        files_are_known_moved_and_removed,
        large_bytes_go_up_and_down_in_pieces,
        links_to_upload_and_download_are_signed,
        a_folder_is_watched,
    }
    commands {
        a_command_streams_its_lines_as_they_come,
        a_non_zero_exit_is_told_with_its_output,
        a_command_gets_its_environment_folder_and_user,
        a_command_goes_on_in_the_background_and_is_stopped,
        a_command_that_outlives_its_limit_is_ended,
        standard_input_is_fed_and_closed,
        a_terminal_is_opened_and_resized,
        a_sandbox_that_is_killed_during_a_command_is_told,
    }
}

#[test]
fn ours_are_the_cases_of_all_clients() {
    let listed = include_str!("../../../../tests/conformance/cases.txt");
    let mut listed: Vec<String> = listed.lines().map(|line| line.replace(' ', "_")).collect();
    let mut ours = OURS.to_vec();
    listed.sort_unstable();
    ours.sort_unstable();
    assert_eq!(ours, listed);
}
