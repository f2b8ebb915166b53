#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ragqueue {

/// What a server means by a status and a body, as far as they tell.
struct ReplyClass {
  enum class Kind {
    good,
    overload,   ///< 429, 503: it wants fewer calls, or later ones.
    no_vector,  ///< Zeros, or numbers that are not finite.
    failed,     ///< It could not serve this; it may be down, or one of the texts breaks it.
    refused,    ///< It does not take what it was sent.
    too_large,  ///< The same, because a text, the texts' number or the request is too large.
    model_missing,
    key_refused,
    route_missing,  ///< It has no such address.
    setup,          ///< It will never serve a request of this kind.
  };
  /// What there is too much of, where `kind` is too_large.
  enum class Measure { unknown, texts, tokens, bytes };

  Kind kind = Kind::good;
  std::string words{};  ///< The server's own, shortened, with the status before them.
  Measure measure = Measure::unknown;
  std::size_t most_texts = 0;  ///< Of a request, where the server says so.
};

/// Classifies the reply to a request with these texts. What the server quotes of them is not taken for its
/// own words.
[[nodiscard]] ReplyClass classify_reply(unsigned status, std::string_view body,
                                        std::span<const std::string_view> texts);

/// The same for a reply with status 200 that has no vectors: an error may stand in it all the same. `reason`
/// tells what is wrong with it where it names no error.
[[nodiscard]] ReplyClass classify_unusable_reply(std::string_view body, std::string_view reason,
                                                 std::span<const std::string_view> texts);

}  // namespace ragqueue
