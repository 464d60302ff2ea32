//! An encoder that is opened when the first text is to be read: much of what people ask is answered
//! from embeddings that are kept, and opening the model takes longer than all the rest of it.

use std::sync::{Arc, OnceLock};

use super::language::Languages;
use super::{Encoder, EncoderError, Read, Reading};
use crate::verdict::{Embedding, ModelId};

/// Opens an encoder.
type Open = dyn Fn() -> Result<Arc<dyn Encoder>, EncoderError> + Send + Sync;

/// An encoder that may not be open yet.
pub struct OnDemand {
    id: ModelId,
    languages: Languages,
    open: Box<Open>,
    opened: OnceLock<Result<Arc<dyn Encoder>, EncoderError>>,
}

impl OnDemand {
    /// The encoder of that name, opened so.
    pub fn new(
        id: ModelId,
        open: impl Fn() -> Result<Arc<dyn Encoder>, EncoderError> + Send + Sync + 'static,
    ) -> Self {
        Self { id, languages: Languages::default(), open: Box::new(open), opened: OnceLock::new() }
    }

    /// The same, trained for these languages.
    #[must_use]
    pub fn of_languages(self, languages: Languages) -> Self {
        Self { languages, ..self }
    }

    fn opened(&self) -> Result<&dyn Encoder, EncoderError> {
        let opened = self.opened.get_or_init(|| (self.open)());
        opened.as_ref().map(|encoder| &**encoder).map_err(Clone::clone)
    }
}

impl Encoder for OnDemand {
    fn id(&self) -> &ModelId {
        &self.id
    }

    fn languages(&self) -> &Languages {
        &self.languages
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        self.opened()?.encode(texts)
    }

    fn read(&self, readings: &[Reading<'_>]) -> Result<Vec<Read>, EncoderError> {
        if readings.is_empty() {
            return Ok(Vec::new());
        }
        self.opened()?.read(readings)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn named() -> ModelId {
        ModelId("one".to_owned())
    }

    #[test]
    fn it_is_opened_once_and_not_before_there_is_a_text() {
        struct Blind;
        impl Encoder for Blind {
            fn id(&self) -> &ModelId {
                unreachable!("its name is known")
            }
            fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
                Ok(texts.iter().map(|_| Embedding::default()).collect())
            }
        }
        let opened = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&opened);
        let encoder = OnDemand::new(named(), move || {
            counted.fetch_add(1, Ordering::SeqCst);
            Ok(Arc::new(Blind))
        });
        assert_eq!(encoder.id(), &named());
        assert!(encoder.encode(&[]).unwrap().is_empty() && encoder.read(&[]).unwrap().is_empty());
        assert_eq!(opened.load(Ordering::SeqCst), 0);
        assert_eq!(encoder.encode(&["a", "b"]).unwrap().len(), 2);
        assert_eq!(encoder.read(&[Reading { text: "a", pieces: None }]).unwrap().len(), 1);
        assert_eq!(opened.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn what_is_wrong_with_it_is_said_when_it_is_asked() {
        let missing = || EncoderError::Failed("no such folder".to_owned());
        let encoder = OnDemand::new(named(), move || Err(missing()));
        for _ in 0..2 {
            assert_eq!(encoder.encode(&["a"]).unwrap_err().to_string(), missing().to_string());
        }
    }
}
