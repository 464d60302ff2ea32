//! The digest as a message of a chat: Slack's blocks, and an Adaptive Card for Teams.
//!
//! What others said is shown as they said it, and means nothing to the chat: no mention, no link but ours to
//! the post, no markup. Each message keeps to the limits its chat publishes, by leaving out the end.

mod slack;
mod teams;

pub use slack::slack;
pub use teams::{teams, teams_words};

/// What a reader's answers are called where one link leads to all of them.
const ANSWER: &str = "Used it? Say so";

/// Where the whole of it is, with what found no room here.
const IN_A_BROWSER: &str = "Read it in a browser";
