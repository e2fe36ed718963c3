//! What stands for the placeholders of a template.

/// Placeholders such as `__Step__`, and what to write for each.
pub(super) struct Words(Vec<(&'static str, String)>);

impl Words {
    /// Replaced in this order, so that a text may hold the placeholders that come after it.
    pub(super) fn new<const N: usize>(words: [(&'static str, String); N]) -> Self {
        Self(Vec::from(words))
    }

    /// These words, and then the others.
    #[must_use]
    pub(super) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// A template with the words in the place of its placeholders.
    pub(super) fn fill(&self, template: &str) -> String {
        self.0.iter().fold(template.to_owned(), |text, (placeholder, word)| text.replace(placeholder, word))
    }
}
