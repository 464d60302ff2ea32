//! Labels become what a classifier learns from.

use super::PipelineError;
use super::judging::language_hint;
use crate::classify::topics::Taught;
use crate::classify::{Classifier, Text};
use crate::config::Market;
use crate::store::{Store, StoreError};

/// The labels of a market's ruleset with the posts they were given to, the oldest first. The embeddings
/// are those that are kept, where this model made them; a post that is kept no more teaches no more.
///
/// # Errors
/// [`PipelineError`].
pub fn lessons(
    market: &Market,
    store: &dyn Store,
    classifier: &Classifier,
) -> Result<Vec<Taught>, PipelineError> {
    let mut labels: Vec<_> = market.ruleset.labels.iter().collect();
    labels.sort_by_key(|label| label.at);
    let mut lessons = Vec::with_capacity(labels.len());
    for label in labels {
        let post = match store.post(label.post) {
            // The others teach on; the run says what is wrong.
            Err(StoreError::Damaged { month: Some(_), .. }) => continue,
            post => post?,
        };
        let Some(post) = post else { continue };
        let text = post.full_text();
        let kept = store.judged(label.post)?;
        let embedding = match kept.filter(|judged| judged.verdict.model == *classifier.model()) {
            Some(judged) => judged.embedding,
            None => classifier.embed(&Text {
                text: &text,
                language_hint: language_hint(market, &post),
                ..Text::default()
            })?,
        };
        let (topic, answer) = (label.topic.clone(), label.answer);
        lessons.push(Taught { topic, answer, text, embedding });
    }
    Ok(lessons)
}
