/* api.h - the one door to unixODBC's driver manager, opened on first use.
 *
 * Nothing links against libodbc: odbc_api_load opens it and fills one table of function pointers,
 * so that a machine without it runs everything else. Calls are written as ODBC(Fetch)(…), which is
 * SQLFetch. Texts go through text.h, which knows when to call the W functions. */
#ifndef SL_ODBC_API_H
#define SL_ODBC_API_H

#include <sql.h>
#include <sqlext.h>

#include <sluice/error.h>

/* clang-format off */
#define ODBC_FUNCTIONS(X)                                                                          \
  X(AllocHandle) X(FreeHandle) X(SetEnvAttr) X(SetConnectAttr) X(Disconnect) X(EndTran)            \
  X(SetStmtAttr) X(FreeStmt) X(NumResultCols) X(BindCol) X(Fetch) X(SetPos) X(GetData) X(Cancel)   \
  X(GetInfo) X(ColAttribute) X(BindParameter) X(Execute) X(ParamData) X(PutData) X(RowCount)                                                                       \
  X(DriverConnect) X(ExecDirect) X(DescribeCol) X(Tables) X(Columns) X(PrimaryKeys) X(Statistics)  \
  X(GetDiagRec) X(Drivers) X(DataSources)                                                          \
  X(DriverConnectW) X(ExecDirectW) X(DescribeColW) X(TablesW) X(ColumnsW) X(PrimaryKeysW)          \
  X(StatisticsW) X(GetDiagRecW) X(GetInfoW) X(ColAttributeW) X(Prepare) X(PrepareW)
/* clang-format on */

#define ODBC_MEMBER(name) __typeof__(&SQL##name) name;
struct odbc_api {
  ODBC_FUNCTIONS(ODBC_MEMBER)
};
extern struct odbc_api odbc_api;
#define ODBC(name) odbc_api.name

/* Any thread, any number of times. SL_ENOTFOUND: the library is not installed. */
sl_status odbc_api_load(struct sl_error *err);

#endif
