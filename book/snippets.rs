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
    entropy: "entropy.md",
    p_minus_y: "p-minus-y.md",
    one_row: "one-row.md",
    layer: "layer.md",
    convex: "convex.md",
    differentiate: "differentiate.md",
    tape: "tape.md",
    f32: "f32.md",
    overflow: "overflow.md",
    offset: "offset.md",
    tail: "tail.md",
    error: "error.md",
    stage_1: "stage-1.md",
    two_classes: "two-classes.md",
    contract: "contract.md",
    backend: "backend.md",
    laws: "laws.md",
    targets: "targets.md",
    smoothing: "smoothing.md",
    calibration: "calibration.md",
    distillation: "distillation.md",
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
    dangers: "dangers.md",
    notation: "notation.md",
    references: "references.md",
    further: "further.md",
    from_pytorch: "from-pytorch.md",
    for_teachers: "for-teachers.md",
}

#[cfg(test)]
mod tests {
    use conformance::laws;

    use super::FILES;

    #[test]
    fn every_chapter_is_here() {
        let links = include_str!("src/SUMMARY.md").split("](").skip(1);
        let files = links.filter_map(|link| Some(link.split_once(')')?.0));
        assert_eq!(files.collect::<Vec<_>>(), FILES);
    }

    #[test]
    fn laws_stand_in_the_order_of_the_pages_that_they_name() {
        let mut last = 0;
        for law in laws::all() {
            let file = law.page.strip_prefix("book/src/").expect("a page of the book");
            let place = FILES.iter().position(|page| *page == file);
            let place = place.unwrap_or_else(|| panic!("{}: no {file}", law.name));
            assert!(place >= last, "{} comes too late for {file}", law.name);
            last = place;
        }
    }
}
