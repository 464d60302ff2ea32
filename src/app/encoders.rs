//! Which encoder the settings mean, and what opens it.

#[cfg(any(feature = "rust-bert", feature = "light"))]
use std::path::Path;
use std::sync::Arc;

use crate::classify::language::Languages;
use crate::classify::on_demand::OnDemand;
use crate::classify::precision::Precision;
#[cfg(any(feature = "rust-bert", feature = "light"))]
use crate::classify::sentiment::branch::Branch;
#[cfg(any(feature = "rust-bert", feature = "light"))]
use crate::classify::threads::Settings;
use crate::classify::{Encoder, EncoderError};
#[cfg(any(feature = "rust-bert", feature = "light"))]
use crate::config::ClassifySettings;
use crate::config::{Backend, Config};
use crate::store::remote::RemoteEncoder;
use crate::verdict::ModelId;

/// Opens the encoder of these settings.
///
/// # Errors
/// Its files are missing or damaged, or this binary has no such encoder.
pub fn encoder(config: &Config) -> anyhow::Result<Arc<dyn Encoder>> {
    let (_, open) = chosen(config)?;
    open(config)
}

/// The languages of these settings, which the encoder was trained for.
fn languages(config: &Config) -> anyhow::Result<Languages> {
    let languages = config.classify.languages().map_err(anyhow::Error::msg)?;
    anyhow::ensure!(
        languages == Languages::default() || config.checkpoint_folder().is_some(),
        "languages = {:?}: all-MiniLM-L6-v2 was trained for English alone; set `encoder` in [classify] to the \
         folder of a checkpoint that was trained for them",
        config.classify.languages
    );
    Ok(languages)
}

/// What is wrong with the encoder of these settings, as far as its files say without opening it; nothing
/// where the one that `make setup` fetches is only not fetched yet.
///
/// # Errors
/// It cannot be used.
#[cfg(feature = "rust-bert")]
pub fn check_encoder(config: &Config) -> anyhow::Result<()> {
    use anyhow::Context as _;

    use crate::classify::rust_bert::RustBertEncoder;
    use crate::classify::rust_bert::other::CheckpointEncoder;

    chosen(config)?;
    let folder = config.encoder_folder();
    let opening = || format!("the encoder in {}", folder.display());
    if config.checkpoint_folder().is_some() {
        return CheckpointEncoder::check(&folder).with_context(opening);
    }
    if folder.is_dir() || !config.classify.encoder.as_os_str().is_empty() {
        RustBertEncoder::check(&folder).with_context(opening)?;
    }
    Ok(())
}

/// What is wrong with the encoder of these settings.
///
/// # Errors
/// It cannot be used.
#[cfg(not(feature = "rust-bert"))]
pub fn check_encoder(config: &Config) -> anyhow::Result<()> {
    chosen(config).map(|_| ())
}

/// The encoder of these settings, opened when the first text is to be read.
///
/// # Errors
/// This binary has no such encoder, or was built from damaged files. What is wrong with the encoder's own
/// is said when it is opened.
pub fn encoder_on_demand(config: &Config) -> anyhow::Result<Arc<dyn Encoder>> {
    let (name, open) = chosen(config)?;
    let languages = languages(config)?;
    let config = config.clone();
    let open = move || open(&config).map_err(|error| EncoderError::Unopened(format!("{error:#}")));
    Ok(Arc::new(OnDemand::new(name, open).of_languages(languages)))
}

/// The encoder that reads a question: that of the process which has the store open, where it is the one of these
/// settings, or this binary has none; else its own.
///
/// # Errors
/// See [`encoder`].
pub fn encoder_to_ask(config: &Config) -> anyhow::Result<Arc<dyn Encoder>> {
    let own = chosen(config);
    match RemoteEncoder::connect(&config.data.join("store")) {
        Ok(Some(lent)) if own.as_ref().map_or(true, |(name, _)| name == lent.id()) => {
            return Ok(Arc::new(lent));
        }
        Ok(_) => {}
        Err(error) => tracing::debug!(%error, "the encoder of another process cannot be used"),
    }
    let (_, open) = own?;
    open(config)
}

/// An encoder's name, and what opens it.
type Chosen = (ModelId, fn(&Config) -> anyhow::Result<Arc<dyn Encoder>>);

fn chosen(config: &Config) -> anyhow::Result<Chosen> {
    let (backend, precision) = (config.classify.backend, config.classify.precision);
    let is_light = backend == Backend::Light || !cfg!(feature = "rust-bert");
    anyhow::ensure!(
        precision == Precision::F32 || !is_light && config.checkpoint_folder().is_none(),
        "`precision` in [classify] is for rust-bert with the encoder that `make setup` fetches: leave it \
         out, or write \"f32\""
    );
    if let Some(folder) = config.checkpoint_folder() {
        return checkpoint(config, folder);
    }
    languages(config)?;
    match config.classify.backend {
        Backend::RustBert => rust_bert(config),
        Backend::Any if cfg!(feature = "rust-bert") => rust_bert(config),
        Backend::Any | Backend::Light => light(config),
    }
}

#[cfg(feature = "rust-bert")]
fn rust_bert(config: &Config) -> anyhow::Result<Chosen> {
    use crate::classify::rust_bert::RustBertEncoder;

    let name = RustBertEncoder::named(&Branch::committed()?, config.classify.precision);
    Ok((name, |config| {
        opened(config, "encoder", |folder, branch, settings| {
            Ok(Arc::new(RustBertEncoder::open(folder, branch, settings)?))
        })
    }))
}

/// A checkpoint of the operator's.
#[cfg(feature = "rust-bert")]
fn checkpoint(config: &Config, folder: &Path) -> anyhow::Result<Chosen> {
    use anyhow::Context as _;

    use crate::classify::rust_bert::other::CheckpointEncoder;

    anyhow::ensure!(
        config.classify.backend != Backend::Light,
        "the light encoder runs all-MiniLM-L6-v2 alone: set `backend = \"rust-bert\"` in [classify] for the \
         checkpoint in {}",
        folder.display()
    );
    let opening = |folder: &Path| format!("opening the encoder in {}", folder.display());
    let name =
        CheckpointEncoder::named(folder, &languages(config)?).with_context(|| opening(folder))?;
    Ok((name, move |config| {
        let folder = config.encoder_folder();
        let settings = Settings { threads: config.classify.threads, ..Settings::default() };
        let encoder = CheckpointEncoder::open(&folder, languages(config)?, settings)
            .with_context(|| format!("opening the encoder in {}", folder.display()))?;
        Ok(Arc::new(encoder))
    }))
}

#[cfg(not(feature = "rust-bert"))]
fn checkpoint(_: &Config, folder: &std::path::Path) -> anyhow::Result<Chosen> {
    anyhow::bail!(
        "this overheard was built without rust-bert, which runs other encoders than all-MiniLM-L6-v2: build it \
         with --features rust-bert, or leave `encoder` empty instead of {}",
        folder.display()
    )
}

#[cfg(not(feature = "rust-bert"))]
fn rust_bert(_: &Config) -> anyhow::Result<Chosen> {
    anyhow::bail!(
        "this overheard was built without rust-bert: set `backend = \"light\"` in [classify], or build \
         it with --features rust-bert"
    )
}

#[cfg(feature = "light")]
fn light(_: &Config) -> anyhow::Result<Chosen> {
    use crate::classify::light::LightEncoder;

    let name = LightEncoder::named(&Branch::committed()?);
    Ok((name, |config| {
        opened(config, "light encoder", |folder, branch, settings| {
            Ok(Arc::new(LightEncoder::open(folder, branch, settings)?))
        })
    }))
}

#[cfg(not(feature = "light"))]
fn light(_: &Config) -> anyhow::Result<Chosen> {
    anyhow::bail!(
        "this overheard was built without the light encoder: build it with --features light"
    )
}

#[cfg(any(feature = "rust-bert", feature = "light"))]
fn opened(
    config: &Config,
    which: &str,
    open: impl FnOnce(&Path, &Branch, Settings) -> Result<Arc<dyn Encoder>, EncoderError>,
) -> anyhow::Result<Arc<dyn Encoder>> {
    use anyhow::Context as _;

    let folder = config.encoder_folder();
    let ClassifySettings { threads, precision, .. } = config.classify;
    let settings = Settings { threads, precision, ..Settings::default() };
    open(&folder, &Branch::committed()?, settings)
        .with_context(|| format!("opening the {which} in {}", folder.display()))
}
