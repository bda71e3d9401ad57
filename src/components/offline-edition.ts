/** The book as an archive to download. */

/** Its name on the site; it unpacks to a folder of the same name. */
export const offlineZip = 'toy-os-book.zip';

/** Stands in a page for the archive's size until the archive is there. */
export const offlineSizeMark = '{{size of the offline edition}}';
