#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ragqueue {

/// What a server means by a status and a body.
struct Verdict {
  enum class Kind {
    good,
    overload,       ///< 429, 503: it wants fewer calls, or later ones.
    outage,         ///< It cannot serve now, whatever is asked.
    model_missing,  ///< It has no such model.
    key_refused,
    route_missing,     ///< It has no such address.
    setup,             ///< It will never serve a request of this kind.
    encoding_refused,  ///< It does not know base64.
    bad_input,         ///< It cannot embed one of the texts.
    too_long,          ///< One of the texts is too long for the model.
    too_many_texts,    ///< Of one request.
    too_large,         ///< The request, in tokens or bytes.
  };
  Kind kind = Kind::good;
  std::string words{};         ///< The server's own, shortened, with the status before them.
  std::size_t most_texts = 0;  ///< That a request may have, where the server says so.
};

/// Judges a reply to a request with so many texts.
[[nodiscard]] Verdict judge(unsigned status, std::string_view body, std::size_t texts);

}  // namespace ragqueue
