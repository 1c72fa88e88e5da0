/* files_destination.h - Parquet, JSON lines and CSV files in a folder or an object store. */
#ifndef SL_DESTINATIONS_FILES_DESTINATION_H
#define SL_DESTINATIONS_FILES_DESTINATION_H

#include <sluice/destination.h>

extern const struct sl_destination_ops sl_files_destination;

#endif
