//! The chapters of the book, so that `cargo test` compiles and runs every snippet that stands
//! by itself. (Listings are cut out of the crates, where they are tested.)
#![forbid(unsafe_code)]
#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "pages are for mdBook, and formulas hold brackets"
)]

macro_rules! chapters {
    ($($name:ident: $file:literal,)*) => {
        $(
            #[doc = include_str!(concat!("src/", $file))]
            pub mod $name {}
        )*
        #[cfg(test)]
        const FILES: &[&str] = &[$($file),*];
    };
}

chapters! {
    index: "index.md",
    five_minutes: "five-minutes.md",
    surprise: "surprise.md",
    softmax: "softmax.md",
    likelihood: "likelihood.md",
    p_minus_y: "p-minus-y.md",
    differentiate: "differentiate.md",
    contract: "contract.md",
    stage_1: "stage-1.md",
    overflow: "overflow.md",
    offset: "offset.md",
    tail: "tail.md",
    targets: "targets.md",
    smoothing: "smoothing.md",
    vectorize: "vectorize.md",
    exp: "exp.md",
    memory: "memory.md",
    batch: "batch.md",
    head: "head.md",
    measure: "measure.md",
    training: "training.md",
    elsewhere: "elsewhere.md",
    museum: "museum.md",
    relatives: "relatives.md",
    capstone: "capstone.md",
    derivation_sheet: "derivation-sheet.md",
    notation: "notation.md",
    references: "references.md",
    further: "further.md",
    from_pytorch: "from-pytorch.md",
    for_teachers: "for-teachers.md",
}

#[cfg(test)]
mod tests {
    use conformance::chapter::Chapter;

    use super::FILES;

    const APPENDICES: usize = 6;

    /// Titles and files, in order.
    fn summary() -> impl Iterator<Item = (&'static str, &'static str)> {
        let links = include_str!("src/SUMMARY.md").split('[').skip(1);
        let link = |text: &'static str| text.split_once("](")?.1.split_once(')');
        links.filter_map(move |text| Some((text.split_once(']')?.0, link(text)?.0)))
    }

    #[test]
    fn every_chapter_is_here() {
        let files: Vec<&str> = summary().map(|(_, file)| file).collect();
        assert_eq!(files, FILES);
    }

    #[test]
    fn chapters_are_called_as_laws_and_exercises_call_them() {
        // After the page that leads in, and before the appendices.
        let chapters = summary().count() - 1 - APPENDICES;
        for (number, (title, _)) in (0..).zip(summary().skip(1).take(chapters)) {
            assert_eq!(Chapter::numbered(number).map(|c| c.title), Some(title));
        }
    }
}
