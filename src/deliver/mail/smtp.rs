//! The talk with a mail server (RFC 5321), step by step: it matters after which step it breaks off.

use std::fs;
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::bounded::{Bounded, Protected};
use crate::config::{MailSettings, Tls};
use crate::deliver::secret::{self, Secret};
use crate::deliver::{Begin, Missed};
use crate::views::safe::plain;

/// A server that is there answers within that; its greeting may take long on purpose (against spammers).
const CONNECTING: Duration = Duration::from_secs(10);

/// For each line it says: the standard's 5 minutes are for servers that wait for others.
const ANSWERING: Duration = Duration::from_secs(30);

/// For all of that together: a server that answers slowly each time holds nobody up for long.
const GETTING_READY: Duration = Duration::from_mins(1);

/// For its word on the whole message, which it may look through first. Whoever hangs up too early does
/// not know whether it was taken.
const TAKING: Duration = Duration::from_mins(2);

/// For the good-bye, on which nothing depends.
const LEAVING: Duration = Duration::from_secs(2);

/// Characters of a server's words that are kept.
const WORDS: usize = 300;

/// The environment's password, where no file is named.
const PASSWORD: &str = "OVERHEARD_MAIL_PASSWORD";

/// Hands a message over; what the server said when it took it. `begin` is asked when nothing but the
/// message itself is left to say.
///
/// # Errors
/// [`Missed`].
pub async fn hand_over(
    settings: &MailSettings,
    message: &Message,
    begin: Begin<'_>,
) -> Result<String, Missed> {
    let bytes = message.formatted();
    let ready = timeout(GETTING_READY, get_ready(settings, message, &bytes)).await;
    let mut server = ready.unwrap_or_else(|_| {
        let (server, seconds) = (&settings.server, GETTING_READY.as_secs());
        Err(Missed::unreached(format!(
            "{server}: it was not ready for the message within {seconds} s"
        )))
    })?;
    if let Err(missed) = begin() {
        // Nothing of the message was said: a connection that ends here has sent none. A good-bye would be
        // taken for its first line.
        drop(server);
        return Err(missed);
    }
    let taken = match timeout(TAKING, server.message(&bytes)).await {
        Ok(Ok(response)) => {
            let said: Vec<&str> = response.message().collect();
            Ok(plain(&format!("{} {}", response.code(), said.join(" ")), WORDS))
        }
        Ok(Err(error)) => Err(match Trouble::Said(error) {
            said if said.is_answer() => said.of_this_mail("the message"),
            other => Missed::Unknown(format!(
                "the server went away after it was given the message ({})",
                other.words("the message")
            )),
        }),
        Err(_) => Err(Missed::Unknown(format!(
            "the server said nothing for {} s after it was given the message",
            TAKING.as_secs()
        ))),
    };
    let _ = timeout(LEAVING, server.quit()).await;
    taken
}

/// Whether what signing in needs is there; nobody is asked.
///
/// # Errors
/// In words.
pub fn can_sign_in(settings: &MailSettings) -> Result<(), String> {
    if !settings.user.is_empty() {
        password(settings)?;
    }
    if settings.tls == Tls::None { Ok(()) } else { tls(settings).map(|_| ()) }
}

/// Everything that comes before the message itself.
async fn get_ready(
    settings: &MailSettings,
    message: &Message,
    bytes: &[u8],
) -> Result<AsyncSmtpConnection, Missed> {
    let mut server = meet(settings).await?;
    let introduced = introduce(&mut server, message, bytes).await;
    if introduced.is_err() {
        let _ = timeout(LEAVING, server.quit()).await;
    }
    introduced.map(|()| server)
}

/// Says whom the message is from and for.
async fn introduce(
    server: &mut AsyncSmtpConnection,
    message: &Message,
    bytes: &[u8],
) -> Result<(), Missed> {
    let mut parameters = Vec::new();
    if !bytes.is_ascii() {
        if !server.server_info().supports_feature(Extension::EightBitMime) {
            return Err(Missed::Never("the server takes no 8-bit mail".to_owned()));
        }
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let envelope = message.envelope();
    let sender = Mail::new(envelope.from().cloned(), parameters);
    // What it has against the sender it has against all our mails: the operator is to mend it.
    say(server, sender).await.map_err(|error| Missed::unreached(error.words("MAIL FROM")))?;
    for recipient in envelope.to() {
        let recipient = Rcpt::new(recipient.clone(), Vec::new());
        say(server, recipient).await.map_err(|error| error.of_this_mail("RCPT TO"))?;
    }
    say(server, Data).await.map_err(|error| error.of_this_mail("DATA"))
}

/// Connects, protects the connection, and says who we are.
async fn meet(settings: &MailSettings) -> Result<AsyncSmtpConnection, Missed> {
    let MailSettings { server, port, .. } = settings;
    let place = format!("{server}:{port}");
    let unreached = |why: String| Missed::unreached(format!("{place}: {why}"));
    let connecting = TcpStream::connect((server.as_str(), *port));
    let stream = timeout(CONNECTING, connecting)
        .await
        .map_err(|_| unreached(format!("no connection within {} s", CONNECTING.as_secs())))?
        .map_err(|error| unreached(format!("no connection ({error})")))?;
    let us = hello(settings);
    let stream = Box::new(Bounded::new(stream));
    let failed = |step: &'static str| {
        let place = place.clone();
        move |trouble: Trouble| Missed::unreached(format!("{place}: {}", trouble.words(step)))
    };
    let mut met = match settings.tls {
        Tls::Tls => {
            let protected = Protected::new(stream, tls(settings).map_err(&unreached)?);
            let protected = within(protected).await.map_err(failed("TLS"))?;
            let talk = AsyncSmtpConnection::connect_with_transport(Box::new(protected), &us);
            within(talk).await.map_err(failed("the greeting"))?
        }
        Tls::Starttls | Tls::None => {
            let talk = AsyncSmtpConnection::connect_with_transport(stream, &us);
            within(talk).await.map_err(failed("the greeting"))?
        }
    };
    if settings.tls == Tls::Starttls {
        let tls = tls(settings).map_err(&unreached)?;
        within(met.starttls(tls, &us)).await.map_err(failed("STARTTLS"))?;
    }
    if !settings.user.is_empty() {
        let password = password(settings).map_err(&unreached)?;
        let credentials = Credentials::new(settings.user.clone(), password.reveal().to_owned());
        let known = within(met.auth(&[Mechanism::Plain, Mechanism::Login], &credentials)).await;
        known.map_err(|trouble| unreached(trouble.without_words("the user and password")))?;
    }
    Ok(met)
}

fn password(settings: &MailSettings) -> Result<Secret, String> {
    match settings.password_file() {
        Some(file) => secret::of_file(file),
        None => secret::of_environment(PASSWORD),
    }
}

fn tls(settings: &MailSettings) -> Result<TlsParameters, String> {
    let mut parameters = TlsParameters::builder(settings.server.clone());
    if !settings.ca_file.as_os_str().is_empty() {
        let file = settings.ca_file.display();
        let pem = fs::read(&settings.ca_file).map_err(|error| format!("{file}: {error}"))?;
        let own = Certificate::from_pem(&pem).map_err(|error| format!("{file}: {error}"))?;
        parameters = parameters.add_root_certificate(own);
    }
    parameters.build().map_err(|error| format!("no TLS ({error})"))
}

/// The name we give: that of the sender's domain, for a server may want it to exist.
fn hello(settings: &MailSettings) -> ClientId {
    let domain = settings.from_address().rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    ClientId::Domain(domain.to_owned())
}

async fn say(
    server: &mut AsyncSmtpConnection,
    command: impl std::fmt::Display,
) -> Result<(), Trouble> {
    within(server.command(command)).await.map(|_| ())
}

async fn within<T>(step: impl Future<Output = Result<T, Error>>) -> Result<T, Trouble> {
    match timeout(ANSWERING, step).await {
        Ok(done) => done.map_err(Trouble::Said),
        Err(_) => Err(Trouble::Silence),
    }
}

/// Why a step was not taken.
enum Trouble {
    Said(Error),
    Silence,
}

impl Trouble {
    /// Whether the server refused in its own words.
    fn is_answer(&self) -> bool {
        matches!(self, Self::Said(error) if error.is_transient() || error.is_permanent())
    }

    /// What it means for the mail at hand, after the server had taken us and our sender.
    fn of_this_mail(self, step: &str) -> Missed {
        let words = self.words(step);
        match self {
            Self::Said(error) if error.is_permanent() => Missed::Never(words),
            Self::Said(error) if error.is_transient() => Missed::Later(words),
            _ => Missed::unreached(words),
        }
    }

    fn words(&self, step: &str) -> String {
        match self {
            Self::Said(error) => plain(&format!("{step}: {error}"), WORDS),
            Self::Silence => format!("{step}: no answer within {} s", ANSWERING.as_secs()),
        }
    }

    /// The same, where the server may repeat what it was told.
    fn without_words(&self, step: &str) -> String {
        match self {
            Self::Said(error) => match error.status() {
                Some(code) => format!("{step}: refused ({code})"),
                None => format!("{step}: not taken"),
            },
            Self::Silence => self.words(step),
        }
    }
}
