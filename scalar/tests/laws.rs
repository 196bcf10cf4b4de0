//! Every law, for the scalar stage.

conformance::suite!(scalar::Scalar);
