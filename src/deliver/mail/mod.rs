//! Mail: the message, and the talk with the server that takes it.

mod bounded;
mod message;
mod smtp;

pub use self::message::{Mail, NotAMail, message, message_id, tag};
pub use self::smtp::{can_sign_in, hand_over};
