#pragma once

#include <simdjson.h>

#include <span>

#include "embed/http/http_protocol.hpp"

namespace ragqueue {

/// Reads an array of numbers, or the base64 of little-endian 32-bit floats, into `row`. A null, NaN or
/// Infinity among the numbers becomes a NaN. Throws WrongDimension, BadReply and simdjson_error.
void read_vector(simdjson::ondemand::value value, std::span<float> row);

/// Whether all components are finite and not all of them zero.
[[nodiscard]] bool is_vector(std::span<const float> row);

/// The calling thread's, so that its memory is not asked of the system for each reply; but that of a huge one
/// is given back with `own`.
[[nodiscard]] simdjson::ondemand::parser& parser_for(const std::string& body,
                                                     simdjson::ondemand::parser& own);

/// Calls `read` with the document in `body`. What is wrong with its JSON becomes a BadReply.
template <class Read>
void read_document(const std::string& body, const Read& read) {
  try {
    simdjson::ondemand::parser own;
    simdjson::ondemand::parser& parser = parser_for(body, own);
    auto document = parser.iterate(body.data(), body.size(), body.capacity());
    simdjson::ondemand::object root = document.get_object();
    read(root);
  } catch (const simdjson::simdjson_error& error) {
    throw BadReply(error.what());
  }
}

}  // namespace ragqueue
