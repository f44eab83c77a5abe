//! Enums whose variants are words, each written once, in a row.

use crate::support::text::split;

/// Declares an enum with the words that its variants stand for.
macro_rules! words {
    ($(#[$doc:meta])+ $vis:vis enum $name:ident {
        $($(#[$about:meta])* $variant:ident = $word:literal,)+
    }) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $name { $($(#[$about])* #[doc = concat!("`", $word, "`")] $variant,)+ }

        impl $name {
            /// All of them, in this order.
            $vis const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Their words, with a space between them.
            pub(crate) const WORDS: &'static str = concat!($($word, " ",)+).trim_ascii_end();

            /// The word that it stands for.
            #[must_use]
            $vis fn as_str(self) -> &'static str {
                $crate::words::word_at(Self::WORDS, self as usize)
            }

            /// What stands for exactly this word.
            #[must_use]
            $vis fn parse(word: &str) -> Option<Self> {
                Self::ALL.get($crate::words::position(Self::WORDS, word)?).copied()
            }
        }
    };
}
pub(crate) use words;

/// The word in this place. A list of texts would take the room of two addresses more for each.
#[inline(never)]
pub(crate) fn word_at(words: &'static str, index: usize) -> &'static str {
    let mut rest = split(words, b' ');
    for _ in 0..index {
        rest.next();
    }
    rest.next().unwrap_or_default()
}

/// The place of exactly this word.
#[inline(never)]
pub(crate) fn position(words: &str, word: &str) -> Option<usize> {
    split(words, b' ').position(|it| it == word)
}

/// Is exactly this word among them?
pub(crate) fn contains(words: &str, word: &str) -> bool {
    position(words, word).is_some()
}
