#include "chunk/content_hash.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace ragqueue {

namespace {

constexpr std::string_view template_version =
    "1";  ///< Of what a hash stands for; another one reuses nothing.

template <class Value>
std::string_view bytes_of(const Value& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

std::string_view bytes_of(const Uuid& uuid) {
  return {reinterpret_cast<const char*>(uuid.bytes().data()), uuid.bytes().size()};
}

}  // namespace

Uuid hash_fields(std::span<const std::string_view> fields) {
  std::string text;
  for (const std::string_view field : fields)
    text.append(std::to_string(field.size())).append(1, ':').append(field);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  Uuid::Bytes bytes{};
  std::copy_n(digest.begin(), bytes.size(), bytes.begin());
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x80U);  // version 8
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);  // variant
  return Uuid(bytes);
}

Uuid hash_chunk(const Chunk& chunk, const Embedder& embedder) {
  std::vector<std::string_view> fields{template_version, embedder.name(), chunk.embedded_text, chunk.content};
  if (!embedder.knows(chunk.embedded_text)) fields.emplace_back("no vector");
  return hash_fields(fields);
}

Uuid hash_document(const Document& document, std::span<const Uuid> chunks) {
  std::vector<std::string_view> fields{template_version, document.title, document.visibility,
                                       document.metadata, document.language};
  for (const Link& link : document.links) {
    fields.insert(fields.end(),
                  {link.source_type, bytes_of(link.source_id), link.edge_type, bytes_of(link.weight)});
  }
  fields.emplace_back("chunks");
  for (const Uuid& chunk : chunks) fields.push_back(bytes_of(chunk));
  return hash_fields(fields);
}

}  // namespace ragqueue
