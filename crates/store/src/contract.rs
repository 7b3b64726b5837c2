//! The suite that every driver runs: each rule of the port is a fact, and each fact a test.
//!
//! A driver calls [`store_contract!`](crate::store_contract) in its tests with a function that makes an empty store. The facts
//! use the port only, so they say nothing about what a driver does beside it (files, connections, crashes): that is tested by
//! the driver. [`model`] adds random operations, compared with a plain model in memory.

#![expect(
    clippy::unwrap_used,
    reason = "a suite of tests, though it is no `cfg(test)` because drivers use it"
)]

pub mod agents;
pub mod audit;
pub mod canned_replies;
pub mod delivering;
pub mod editing;
pub mod follow_up;
pub mod inbox;
pub mod invitations;
pub mod jobs;
pub mod model;
pub mod notes;
pub mod opening;
pub mod posting;
pub mod privacy;
pub mod push;
pub mod reading;
pub mod reporting;
pub mod routing;
pub mod searching;
pub mod sessions;
pub mod sorting;
pub mod two_factor;
pub mod uploads;
pub mod visiting;
pub mod visits;
pub mod webhooks;
pub mod widgets;
mod world;

use crate::Store;
use std::any::Any;
use std::sync::Arc;

/// An empty store under test.
pub struct Subject {
    /// The store.
    pub store: Arc<dyn Store>,
    /// What must live as long, such as a temporary folder.
    pub keep: Box<dyn Any>,
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subject").finish_non_exhaustive()
    }
}

/// Writes one test for each fact of the contract. `$make` names an `async fn() -> Subject` that makes an empty store; the
/// driver's tests need `tokio` with its macros.
#[macro_export]
macro_rules! store_contract {
    ($make:ident) => {
        $crate::store_contract!($make, facts);

        #[test]
        fn random_operations_agree_with_the_model() {
            $crate::contract::model::check($make);
        }
    };
    // Without the model, for a driver that makes its many stores in another way.
    ($make:ident, facts) => {
        $crate::store_contract! {
            $make;
            opening {
                a_new_visitor_gets_a_pending_conversation
                a_known_visitor_returns_to_its_latest_conversation
                a_new_conversation_is_made_when_asked_for
                an_empty_conversation_is_used_instead_of_a_new_one
                an_empty_but_closed_conversation_is_not_used_again
                what_is_told_replaces_what_was_known
                a_verified_visitor_is_found_in_every_browser
                a_verified_visitor_belongs_to_one_widget
                a_verified_visitor_who_opens_in_many_tabs_at_once_is_one
                an_unverified_visitor_is_never_taken_for_a_verified_one
                a_signed_identity_is_not_changed_by_a_claim
                without_an_identity_nobody_is_verified
                a_visitor_of_another_widget_or_of_none_is_an_error
                an_unknown_token_is_nobodys
            }
            posting {
                a_message_is_stored_as_it_was_posted
                the_answer_carries_the_conversation_after_it
                text_comes_back_as_it_was
                seqs_have_no_gap_under_concurrent_writers
                commits_are_heard_of_in_order_before_the_answers
                a_commit_is_heard_of_when_its_caller_has_left
                a_message_keeps_the_answers_it_offers
                a_repeat_answers_the_first_message
                concurrent_repeats_store_one_message
                a_client_id_is_its_conversations_own
                a_closed_conversation_takes_no_message
                a_repeat_is_answered_after_the_conversation_closed
                an_unknown_conversation_takes_no_message
                an_unknown_agent_posts_nothing
                the_first_answer_of_an_agent_makes_a_conversation_active
                any_message_wakes_a_snoozed_conversation
                posting_moves_no_read_mark
                a_senders_name_is_that_of_the_moment
            }
            reading {
                pages_are_ascending_and_cut_where_asked
                a_page_has_at_most_200_messages
                an_unknown_conversation_has_no_page
                a_read_mark_moves_forward_only
                a_mark_beyond_the_end_is_at_the_end
                reading_marks_the_other_sides_messages
                a_message_is_read_once
                unread_are_the_visitors_messages_that_no_agent_read
                a_closed_conversation_can_be_read
                an_unknown_conversation_is_not_read
            }
            delivering {
                a_delivered_mark_moves_forward_only
                a_delivered_mark_beyond_the_end_is_at_the_end
                what_is_read_has_been_delivered
                marks_of_many_conversations_move_at_once
                delivered_marks_keep_the_order_of_the_inbox
                unknown_conversations_and_no_marks_change_nothing
                too_many_marks_are_an_error
            }
            inbox {
                the_newest_revision_is_that_of_the_last_change
                an_empty_conversation_is_not_in_the_inbox
                the_last_changed_comes_last
                every_change_draws_a_larger_revision
                what_changes_nothing_draws_no_revision
                changed_since_is_complete
                revisions_are_unique_under_concurrent_writers
                a_page_has_at_most_200_rows
                a_status_is_set_and_told
                a_conversation_is_given_to_an_agent_and_taken_away
                nobody_unknown_is_given_a_conversation
            }
            editing {
                an_edited_message_keeps_its_place
                a_deleted_message_keeps_only_its_place
                a_message_is_its_senders_to_change_for_a_while
                what_was_missed_is_found_by_its_revision
                a_message_quotes_another_as_it_stands
                a_message_quotes_one_of_its_own_conversation
            }
            notes {
                a_note_is_kept_behind_the_newest_message
                a_note_needs_its_conversation
                a_note_is_its_authors_to_change
                a_deleted_note_says_only_that_it_was
                a_mention_is_of_an_agent_that_there_is
                mentions_are_read_up_to_one
                notes_are_listed_in_pages
                a_row_says_who_is_mentioned_and_lists_are_found_by_it
            }
            canned_replies {
                an_agent_has_its_own_replies_and_the_shared_ones
                a_shortcut_is_one_replys
                a_canned_reply_is_changed_and_removed
                an_agent_has_so_many_replies_and_no_more
            }
            agents {
                an_agent_is_found_by_its_address
                an_address_belongs_to_one_agent
                agents_are_listed_oldest_first
                a_setup_token_makes_one_agent_however_many_try
                a_setup_token_is_refused_when_expired_or_replaced
                a_setup_token_is_worth_nothing_once_there_is_an_agent
                a_new_password_ends_the_agents_sessions_and_no_others
                an_agent_is_changed_in_what_is_told_only
                the_last_administrator_stays
                an_agent_who_leaves_is_out
                an_agents_open_conversations_are_found
            }
            sessions {
                a_session_ends_by_itself
                a_session_is_ended
                ended_sessions_are_forgotten
                sessions_are_listed_and_ended_by_their_agent
                an_agent_has_so_many_sessions_and_no_more
                an_api_token_finds_its_agent
                an_agent_has_so_many_api_tokens_and_no_more
            }
            invitations {
                an_invitation_makes_one_agent_however_many_try
                an_invitation_ends
                so_many_invitations_wait_and_no_more
                a_link_for_a_new_password_works_once
            }
            two_factor {
                a_second_factor_is_set_up_and_taken_away
                a_code_of_the_second_factor_is_used_once
                a_recovery_code_is_used_once
                a_second_factor_that_is_needed_is_missed
            }
            audit {
                an_entry_is_written_with_its_act
                what_was_not_stored_is_not_audited
                what_cannot_be_audited_is_not_done
                entries_are_listed_newest_first_by_filter
                old_entries_are_forgotten
            }
            sorting {
                a_label_is_kept_under_a_name_of_its_own
                there_are_so_many_labels_and_no_more
                a_deleted_label_leaves_its_conversations
                a_conversation_has_so_many_labels_and_no_more
                a_team_looks_after_conversations_until_it_is_gone
                a_team_is_changed_in_what_is_told_only
                views_are_ones_own_or_shared
                a_conversation_is_triaged_in_one_change
                a_snoozed_conversation_wakes
                a_visitor_waits_until_the_team_answers
                who_waits_longest_comes_first
            }
            routing {
                a_widgets_routing_comes_back_as_it_was_set
                a_capacity_is_an_agents_own_or_everybodys
                a_conversation_awaits_an_agent_until_it_has_one
                a_conversation_that_wakes_awaits_an_agent
                turns_go_round_among_those_who_are_asked
                the_least_busy_is_given_the_next
                those_who_have_waited_longest_come_first
                nobody_is_given_more_than_its_capacity
                so_many_are_given_away_at_once_and_no_more
                only_who_can_answer_is_given_a_conversation
                silence_after_an_answer_closes_a_conversation
                silence_is_counted_from_the_last_reopening
                a_message_in_the_same_moment_is_not_closed_over
                so_many_are_closed_at_once_and_no_more
            }
            searching {
                messages_are_found_by_their_words
                found_messages_come_newest_first
                a_query_has_no_meaning_of_its_own
                people_are_found_by_what_is_known_of_them
            }
            reporting {
                a_weeks_figures_are_those_worked_out_by_hand
                figures_are_of_what_is_asked_for
                facts_come_with_each_label
                messages_are_counted_where_they_came_and_went
                what_is_deleted_or_noted_changes_no_figure
                the_team_that_writes_first_has_not_answered
                ratings_come_newest_first_in_pages
            }
            follow_up {
                a_posted_message_enqueues_its_jobs
                what_was_not_stored_enqueues_nothing
                what_cannot_be_enqueued_is_not_posted
                a_posted_message_wakes_for_its_jobs
                other_changes_enqueue_their_jobs
            }
            uploads {
                a_message_with_files_is_stored_as_it_was_posted
                a_message_needs_no_text_beside_its_files
                an_upload_without_files_is_an_error
                a_repeated_upload_answers_the_first
                a_closed_conversation_takes_no_file
                a_file_is_described_once
                a_file_of_which_nothing_is_found_out_is_done_too
                what_a_visitor_sent_is_counted
            }
            visiting {
                a_rating_is_kept_and_replaced
                the_same_rating_again_changes_nothing
                a_rating_comes_after_an_answer_or_the_end
                a_visitors_conversations_are_listed_newest_first
                a_visitors_list_counts_what_the_visitor_has_not_read
                how_a_conversation_began_is_kept
                a_conversation_is_opened_by_its_id
                a_visitors_new_name_draws_revisions
                a_new_name_reaches_so_many_conversations_and_no_more
                a_visitor_has_so_many_tokens_and_no_more
            }
            visits {
                the_pages_that_a_visitor_sees_are_kept
                the_page_where_the_chat_was_opened_is_the_first
                a_visitors_device_and_note_are_kept
                a_visitors_conversations_are_rows
                who_is_blocked_is_kept_out_until_then
                a_later_block_replaces_an_earlier_one
            }
            push {
                the_first_key_that_is_kept_stays
                a_session_has_one_subscription
                a_browser_is_subscribed_for_whoever_uses_it
                an_agent_has_so_many_browsers_and_no_more
                a_subscription_ends_with_its_session
                a_message_concerns_those_who_want_it
                nobody_is_told_who_is_looking
                nobody_is_told_who_may_not_log_in
                a_subscription_says_how_it_went
                a_test_is_for_ones_own_browser
            }
            privacy {
                everything_of_a_visitor_is_given_out
                giving_out_is_written_down
                an_erased_visitor_leaves_nothing
                nothing_is_added_to_what_was_erased
                what_was_to_be_told_of_it_is_forgotten
                retention_is_chosen_by_website
                closed_conversations_go_when_they_are_old
                a_visitor_goes_when_nothing_of_it_is_left
                a_visitor_who_was_only_kept_out_goes_with_its_block
                visits_go_when_they_are_old
                a_run_is_one_entry
            }
            webhooks {
                a_webhook_comes_back_as_it_was_made
                there_are_never_too_many_webhooks
                a_webhook_is_changed_in_what_is_told_only
                a_deleted_webhook_leaves_nothing
                an_event_is_in_the_log_once_however_often_it_is_tried
                the_log_forgets_what_is_old
                a_webhook_that_fails_for_too_long_is_switched_off
                what_a_person_asked_for_is_noted_in_the_log_alone
                a_webhook_for_which_too_much_waits_is_found
            }
            widgets {
                a_widget_comes_back_as_it_was_made
                a_widget_is_changed_in_what_is_told_only
                what_is_done_to_a_widget_is_audited_with_it
                there_are_so_many_widgets_and_no_more
                two_widgets_never_share_a_token
                a_replaced_token_is_taken_until_its_end
                a_replaced_identity_secret_is_kept_until_its_end
                the_hosts_on_which_a_widget_is_seen_are_kept
                so_many_hosts_of_a_widget_are_kept_and_no_more
                the_first_widget_is_made_once_however_many_try
                there_is_no_first_widget_after_another
                a_working_store_is_healthy
            }
        }

        $crate::jobs_contract!($make);
    };
    ($make:ident; $($module:ident { $($fact:ident)* })*) => {$(
        mod $module {
            $(
                #[::tokio::test]
                async fn $fact() {
                    let subject = super::$make().await;
                    // Some facts need a part of the port only.
                    let store = ::std::sync::Arc::clone(&subject.store);
                    $crate::contract::$module::$fact(store).await;
                }
            )*
        }
    )*};
}

/// The facts about jobs alone, for whatever stands in for them: `$make` may make anything whose `store` is an `Arc<dyn Jobs>`.
#[macro_export]
macro_rules! jobs_contract {
    ($make:ident) => {
        $crate::store_contract! {
            $make;
            jobs {
                a_job_is_stored_as_it_was_enqueued
                due_jobs_come_in_order_within_the_limit
                a_claim_takes_its_kinds_and_queues_only
                a_job_is_claimed_by_one_worker
                a_lost_lease_is_claimed_again_and_its_report_not_taken
                a_lease_is_one_run_of_the_job
                a_job_that_fails_too_often_is_dead
                a_hopeless_job_is_dead_at_once
                a_job_whose_last_worker_is_lost_is_dead
                dead_jobs_are_retried
                jobs_that_nobody_will_run_are_buried
                old_dead_jobs_are_pruned
                a_released_job_is_as_if_it_had_not_been_begun
                a_live_key_makes_another_job_unnecessary
                a_lane_keeps_its_order
                whole_lanes_are_taken_from_their_beginning
                what_a_clock_that_was_ahead_put_off_is_due
                an_impossible_job_is_refused
                jobs_are_listed_by_id
                queue_lengths_tell_what_waits
                a_waker_is_called_when_there_is_something_to_do
            }
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_fact_is_in_the_suite() {
        let suite = include_str!("contract.rs");
        let modules = [
            include_str!("contract/agents.rs"),
            include_str!("contract/audit.rs"),
            include_str!("contract/canned_replies.rs"),
            include_str!("contract/editing.rs"),
            include_str!("contract/follow_up.rs"),
            include_str!("contract/inbox.rs"),
            include_str!("contract/invitations.rs"),
            include_str!("contract/jobs.rs"),
            include_str!("contract/notes.rs"),
            include_str!("contract/opening.rs"),
            include_str!("contract/posting.rs"),
            include_str!("contract/privacy.rs"),
            include_str!("contract/reading.rs"),
            include_str!("contract/reporting.rs"),
            include_str!("contract/routing.rs"),
            include_str!("contract/searching.rs"),
            include_str!("contract/sessions.rs"),
            include_str!("contract/sorting.rs"),
            include_str!("contract/two_factor.rs"),
            include_str!("contract/uploads.rs"),
            include_str!("contract/visiting.rs"),
            include_str!("contract/visits.rs"),
            include_str!("contract/widgets.rs"),
        ];
        for line in modules.iter().flat_map(|module| module.lines()) {
            if let Some((name, _)) = line
                .strip_prefix("pub async fn ")
                .and_then(|rest| rest.split_once('('))
            {
                assert!(
                    suite.contains(&format!("                {name}\n")),
                    "{name} is not in `store_contract!`"
                );
            }
        }
    }
}
