#pragma once

namespace ragqueue::pg {

/// Type numbers of PostgreSQL's own catalogue (pg_type.dat); fixed in every release.
enum class Oid : unsigned {
  unspecified = 0,  ///< The server finds it out.
  boolean = 16,
  int8 = 20,
  int4 = 23,
  text = 25,
  float4_array = 1021,
  int4_array = 1007,
  text_array = 1009,
  int8_array = 1016,
  float4 = 700,
  float8 = 701,
  float8_array = 1022,
  bytea = 17,
  bytea_array = 1001,
  uuid = 2950,
  uuid_array = 2951,
  timestamptz = 1184,
  timestamptz_array = 1185,
};

}  // namespace ragqueue::pg
