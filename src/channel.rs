//! A channel: a place other than a mailbox or a folder that digests are sent to.

use std::path::PathBuf;

use url::Url;

/// The channel of whoever has an address, where there is a mail server.
pub const MAIL: &str = "mail";

/// The channel of everybody who names none: files under `digests/`.
pub const FOLDER: &str = "folder";

/// A place that digests are sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Names it: readers send to it by this.
    pub id: String,
    /// What is understood there.
    pub kind: ChannelKind,
    /// Where it is.
    pub url: Kept,
    /// What messages are signed with, where they are.
    pub secret: Option<Kept>,
}

/// What is understood at a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelKind {
    /// Slack's incoming webhook: blocks.
    Slack,
    /// Microsoft Teams, by a webhook of Workflows: an Adaptive Card.
    Teams,
    /// A program of somebody's: the digest as JSON, signed.
    Webhook,
}

impl ChannelKind {
    /// Each with its name in the files.
    pub const ALL: [(&str, Self); 3] =
        [("slack", Self::Slack), ("teams", Self::Teams), ("webhook", Self::Webhook)];

    /// Its name in the files.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// Where something is kept that is needed to send: a secret never stands in the files themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is no secret, and stands here.
    Here(Url),
    /// In a file that only we can read.
    File(PathBuf),
    /// In this variable of the environment.
    Environment(String),
}
