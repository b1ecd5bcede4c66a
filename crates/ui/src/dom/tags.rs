//! The elements that the pages are made of.

use super::El;

macro_rules! tags {
    ($new:ident: $($tag:ident)*) => {
        $(
            #[doc = concat!("`<", stringify!($tag), ">`")]
            pub fn $tag() -> El {
                El::$new(stringify!($tag))
            }
        )*
    };
}

tags! { new:
    a b button code datalist dd details div dl dt fieldset form h1 h2 h3 header input label legend li main nav ol
    option p pre progress section select span strong summary table tbody td th thead tr ul
}

tags! { svg: path svg }
