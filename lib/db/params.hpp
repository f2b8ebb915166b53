#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "db/oid.hpp"
#include "db/wire.hpp"

namespace ragqueue::pg {

template <class Value>
struct TypeOf;
template <>
struct TypeOf<bool> {
  static constexpr Oid element = Oid::boolean;
};
template <>
struct TypeOf<std::int32_t> {
  static constexpr Oid element = Oid::int4, array = Oid::int4_array;
};
template <>
struct TypeOf<std::int64_t> {
  static constexpr Oid element = Oid::int8, array = Oid::int8_array;
};
template <>
struct TypeOf<float> {
  static constexpr Oid element = Oid::float4, array = Oid::float4_array;
};
template <>
struct TypeOf<double> {
  static constexpr Oid element = Oid::float8, array = Oid::float8_array;
};
template <>
struct TypeOf<Timestamp> {
  static constexpr Oid element = Oid::timestamptz, array = Oid::timestamptz_array;
};
template <>
struct TypeOf<std::string_view> {
  static constexpr Oid element = Oid::text, array = Oid::text_array;
};
template <>
struct TypeOf<std::string> : TypeOf<std::string_view> {};
template <>
struct TypeOf<Utf8> {
  static constexpr Oid element = Oid::bytea, array = Oid::bytea_array;
};
template <std::derived_from<Uuid> Id>
struct TypeOf<Id> {
  static constexpr Oid element = Oid::uuid, array = Oid::uuid_array;
};

/// The parameters of one statement, in PostgreSQL's binary format. They own their bytes.
class Params {
 public:
  template <class Value>
  requires requires { TypeOf<Value>::element; }
  Params& add(const Value& value) {
    std::string bytes;
    append(bytes, value);
    return push(TypeOf<Value>::element, std::move(bytes));
  }

  Params& add(const char* text) { return add(std::string_view(text)); }

  template <class Value>
  Params& add(const std::optional<Value>& value) {
    if (value) return add(*value);
    return push(TypeOf<Value>::element, std::nullopt);
  }

  /// A one-dimensional array of what `project` gives for each item of `range`; an empty optional is NULL.
  template <std::ranges::sized_range Range, class Project = std::identity>
  Params& add_array(const Range& range, Project project = {}) {
    using Item = std::remove_cvref_t<std::invoke_result_t<Project&, decltype(*std::ranges::begin(range))>>;
    using Value = typename Unwrap<Item>::Type;
    std::string bytes = array_head(std::ranges::size(range), TypeOf<Value>::element);
    for (const auto& item : range) append_element(bytes, std::invoke(project, item));
    return push(TypeOf<Value>::array, std::move(bytes));
  }

  /// An array of pgvector's `vector`, whose number is each database's own: the statement casts it to
  /// vector[], and the server takes the elements for what it expects (array_recv in its arrayfuncs.c).
  /// `project` gives a span of floats, of one length for all.
  template <std::ranges::sized_range Range, class Project = std::identity>
  Params& add_vectors(const Range& range, Project project = {}) {
    std::string bytes = array_head(std::ranges::size(range), Oid::unspecified);
    if (!std::ranges::empty(range)) {
      constexpr std::size_t around = 8;
      const std::span<const float> first = std::invoke(project, *std::ranges::begin(range));
      bytes.reserve(bytes.size() + std::ranges::size(range) * (first.size_bytes() + around));
    }
    for (const auto& item : range) append_sized_vector(bytes, std::invoke(project, item));
    return push(Oid::unspecified, std::move(bytes));
  }

  template <class Value>
  Params& add_null_array() {
    return push(TypeOf<Value>::array, std::nullopt);
  }

  [[nodiscard]] int count() const { return static_cast<int>(values_.size()); }
  [[nodiscard]] const std::vector<std::optional<std::string>>& values() const { return values_; }
  [[nodiscard]] const std::vector<unsigned>& types() const { return types_; }

 private:
  static std::string array_head(std::size_t size, Oid element) {
    std::string bytes;
    const auto count = static_cast<std::int32_t>(size);
    append(bytes, std::int32_t{count == 0 ? 0 : 1});  // dimensions
    append(bytes, std::int32_t{1});                   // may hold NULL
    append(bytes, static_cast<std::int32_t>(element));
    if (count == 0) return bytes;
    append(bytes, count);
    append(bytes, std::int32_t{1});  // lower bound
    return bytes;
  }

  template <class Item>
  struct Unwrap {
    using Type = Item;
  };
  template <class Item>
  struct Unwrap<std::optional<Item>> {
    using Type = Item;
  };

  template <class Value>
  static void append_element(std::string& bytes, const Value& value) {
    append_sized(bytes, value);
  }
  template <class Value>
  static void append_element(std::string& bytes, const std::optional<Value>& value) {
    if (value) {
      append_sized(bytes, *value);
    } else {
      append(bytes, std::int32_t{-1});
    }
  }

  Params& push(Oid type, std::optional<std::string> value) {
    types_.push_back(static_cast<unsigned>(type));
    values_.push_back(std::move(value));
    return *this;
  }

  std::vector<unsigned> types_;
  std::vector<std::optional<std::string>> values_;
};

}  // namespace ragqueue::pg
