//! The digest as a message of a chat: Slack's blocks, and an Adaptive Card for Teams.
//!
//! What others said is shown as they said it, and means nothing to the chat: no mention, no link but ours to
//! the post, no markup. Where a reader answers is not in it: whoever reads the channel could answer in their
//! name. Each message keeps to the limits its chat publishes, by leaving out the end.

mod slack;
mod teams;

pub use slack::slack;
pub use teams::{teams, teams_words};
